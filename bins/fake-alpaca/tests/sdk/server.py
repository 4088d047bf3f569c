"""Starts fake-alpaca for a check and stops it again."""

import json
import subprocess
import urllib.request


class Server:
    """A running fake-alpaca; it ends with this process however that ends."""

    def __init__(self, program: str, market: str, *arguments: str):
        command = [program, "serve", "--market", market, "--until-stdin-closes", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(command)} says nothing and ended with {self.process.wait()}")
        self.ready = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        code = self.process.wait(timeout=30)
        if code != 0:
            raise SystemExit(f"fake-alpaca ended with {code}")

    @property
    def keys(self):
        account = self.ready["accounts"][0]
        return account["key_id"], account["secret_key"]

    def control(self, method: str, path: str, body=None):
        """One of the server's own calls."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.ready["base_url"] + "/_fake/" + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)
