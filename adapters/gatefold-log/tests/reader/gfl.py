#!/usr/bin/env python3
"""Reads a gatefold log without gatefold, from docs/log-format.md alone, and checks all of it.

Usage: gfl.py DIRECTORY

Prints one line of JSON for each event and a last one with the head of the chain. Exit code 0: sound,
perhaps with a torn last group (said on standard error); 2: damaged, and what was printed is what
stands before the damage; 3: an archived segment cannot be unpacked for want of zstd. Nothing is
written. Needs Python 3.9; with the package `blake3` it is fast, without it a BLAKE3 in this file is
used. Only archived segments need more: Python 3.14, or the package `zstandard`, or the program zstd.
"""

import json
import pathlib
import re
import struct
import subprocess
import sys

BLOCK = 4096
GROUP_HEADER = 96
FRAME_HEADER = 64
BODY_MAX = 2 * 1024 * 1024
EVENTS, IDLE_SEAL, FOOTER, CLEAN_CLOSE = 1, 2, 3, 4


class Damage(Exception):
    """The log is not what was written."""


class TooNew(Damage):
    """A later version wrote it."""


class Missing(Exception):
    """Something is not installed."""


def need(condition, what, kind=Damage):
    if not condition:
        raise kind(what)


# --- sums and hashes -----------------------------------------------------------------------------


def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC_TABLE = _crc_table()


def crc32c(*pieces):
    crc, table = 0xFFFFFFFF, CRC_TABLE
    for piece in pieces:
        for byte in piece:
            crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


IV = (
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
MASK = 0xFFFFFFFF
MIXES = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)


def _compress(chaining, words, counter, length, flags):
    v = [*chaining, *IV[:4], counter & MASK, counter >> 32, length, flags]
    for round_number in range(7):
        for at, (a, b, c, d) in enumerate(MIXES):
            va = (v[a] + v[b] + words[2 * at]) & MASK
            vd = v[d] ^ va
            vd = (vd >> 16 | vd << 16) & MASK
            vc = (v[c] + vd) & MASK
            vb = v[b] ^ vc
            vb = (vb >> 12 | vb << 20) & MASK
            va = (va + vb + words[2 * at + 1]) & MASK
            vd ^= va
            vd = (vd >> 8 | vd << 24) & MASK
            vc = (vc + vd) & MASK
            vb ^= vc
            v[a], v[b], v[c], v[d] = va, (vb >> 7 | vb << 25) & MASK, vc, vd
        if round_number < 6:
            words = [words[index] for index in PERMUTATION]
    return [v[index] ^ v[index + 8] for index in range(8)]


def _chunk(data, counter, root):
    chaining, last = list(IV), max(0, (len(data) - 1) // 64)
    for index in range(last + 1):
        block = data[64 * index : 64 * index + 64]
        flags = (index == 0) * CHUNK_START | (index == last) * (CHUNK_END | root * ROOT)
        words = struct.unpack("<16I", block.ljust(64, b"\0"))
        chaining = _compress(chaining, words, counter, len(block), flags)
    return chaining


def _tree(data, counter, root):
    if len(data) <= 1024:
        return _chunk(data, counter, root)
    left = 1024
    while left * 2 < len(data):
        left *= 2
    words = _tree(data[:left], counter, False) + _tree(data[left:], counter + left // 1024, False)
    return _compress(IV, words, 0, 64, PARENT | root * ROOT)


def blake3_slow(data):
    return struct.pack("<8I", *_tree(data, 0, True))


try:
    import blake3 as _package

    def blake3(data):
        return _package.blake3(data).digest()

except ImportError:
    blake3 = blake3_slow


def zeros(data):
    return not any(data)


# --- the directory -------------------------------------------------------------------------------


def read_format(directory):
    try:
        text = (directory / "FORMAT").read_bytes()
    except FileNotFoundError:
        raise Damage("there is no file FORMAT: this is no log") from None
    lines = text.split(b"\n")
    need(len(lines) == 6 and lines[5] == b"", "FORMAT does not have five lines")
    summed = b"\n".join(lines[:4]) + b"\n"
    need(lines[4] == b"crc32c %08x" % crc32c(summed), "the sum of FORMAT does not fit")
    need(lines[0].startswith(b"gatefold-log "), "FORMAT does not begin with gatefold-log")
    need(lines[0] == b"gatefold-log 1", f"format {lines[0].decode()}", TooNew)
    need(lines[3] == b"durability sync", lines[3].decode(), TooNew)
    uuid = re.fullmatch(rb"uuid ([0-9a-f]{32})", lines[1])
    need(uuid and re.fullmatch(rb"created -?[0-9]+", lines[2]), "a line of FORMAT is missing")
    return bytes.fromhex(uuid.group(1).decode())


def segments(directory):
    """All segments in order: first position, name, bytes. Where both are there, the plain one."""
    found = {}
    for folder, ending in (("archive", "gfz"), ("log", "gfl")):
        if not (directory / folder).is_dir():
            continue
        for path in (directory / folder).iterdir():
            name = re.fullmatch(rf"([0-9]{{20}})(?:-([1-9][0-9]*))?\.{ending}", path.name)
            if name:
                found[int(name.group(1)), int(name.group(2) or 0)] = path
    for (start, _turn), path in sorted(found.items()):
        data = path.read_bytes()
        yield start, path.name, unpacked(path.name, data) if path.suffix == ".gfz" else data


# --- archived segments ---------------------------------------------------------------------------


def unzstd(data):
    try:
        from compression import zstd

        return zstd.decompress(data)
    except ImportError:
        pass
    try:
        import zstandard

        return zstandard.ZstdDecompressor().decompress(data)
    except ImportError:
        pass
    try:
        done = subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=True)
        return done.stdout
    except FileNotFoundError:
        raise Missing("Python 3.14, or the package zstandard, or the program zstd") from None
    except subprocess.CalledProcessError as error:
        raise Damage(f"a frame does not unpack: {error.stderr.decode().strip()}") from None


def unpacked(name, data):
    """The bytes of the segment that an archive holds."""
    need(len(data) >= 2 * BLOCK and data[:8] == b"GFOLDARC", f"{name}: no archive")
    (version, zero, codec, _uuid, length, footer_at, step, size, digest, segment_digest, table_sum,
     total) = struct.unpack_from("<HHI16sQQQQ32s32sII", data, 8)
    need(total == crc32c(data[:132]), f"{name}: the header's sum does not fit")
    need((version, codec, step) == (1, 1, 65536), f"{name}: version {version}, codec {codec}", TooNew)
    need(zero == 0 and zeros(data[136:BLOCK]), f"{name}: bytes behind the header are not zero")
    need(size == len(data), f"{name}: {len(data)} bytes, not {size}")
    need(digest == blake3(data[BLOCK:]), f"{name}: the archive's digest does not fit")
    at = 2 * BLOCK + length - footer_at
    footer, count = data[2 * BLOCK : at], (footer_at - BLOCK + step - 1) // step
    table = data[size - 16 * count :]
    need(table_sum == crc32c(table), f"{name}: the table's sum does not fit")
    pieces = [data[BLOCK : 2 * BLOCK]]
    for offset, packed_len, packed_sum in struct.iter_unpack("<QII", table):
        need(offset == at, f"{name}: a frame does not stand behind the one before")
        packed = data[offset : offset + packed_len]
        need(packed_sum == crc32c(packed), f"{name}: the sum of a frame does not fit")
        pieces.append(unzstd(packed))
        at += packed_len
    need(at == size - 16 * count, f"{name}: bytes between frames and table")
    segment = b"".join(pieces) + footer
    need(len(segment) == length and blake3(segment) == segment_digest,
         f"{name}: what is in it is not the segment")
    return segment


class Segment:
    """One file, its header read and checked."""

    def __init__(self, name, data):
        need(len(data) >= BLOCK, f"{name}: shorter than a header")
        (magic, self.major, _minor, flags, self.uuid, self.number, self.first_position,
         self.first_group, _created, self.entering, self.salt, block, self.length, _reserved,
         total) = struct.unpack_from("<8sHHI16sQQQQ32sQII12sI", data)
        need(magic == b"GFOLDSEG", f"{name}: the magic is not GFOLDSEG")
        need(total == crc32c(data[:124]), f"{name}: the header's sum does not fit")
        new = f"{name}: version {self.major}, flags {flags:#x}"
        need(self.major == 1 and flags >> 16 == 0, new, TooNew)
        need(zeros(data[128:BLOCK]), f"{name}: bytes behind the header are not zero")
        need(block == BLOCK and self.length % BLOCK == 0, f"{name}: impossible numbers")
        self.name, self.data = name, data


# --- groups --------------------------------------------------------------------------------------


class Header:
    """A group's header whose sum is right."""

    SHAPE = struct.Struct("<4sIQQQQIIIBBHq32s")

    def __init__(self, data, at):
        (_magic, _sum, self.salt, self.offset, self.number, self.position, self.events,
         self.body_len, self.body_sum, self.kind, codec, flags, self.committed,
         self.digest) = self.SHAPE.unpack_from(data, at)
        new = f"a group of kind {self.kind}, codec {codec}, flags {flags:#x}"
        need(1 <= self.kind <= 4 and codec == 0 and flags == 0, new, TooNew)
        used = GROUP_HEADER + self.body_len
        self.padded = (used + BLOCK - 1) // BLOCK * BLOCK

    @classmethod
    def at(cls, data, at):
        """The header at an offset; None if there is none."""
        block = data[at : at + GROUP_HEADER]
        if len(block) < GROUP_HEADER or block[:4] != b"GRP1":
            return None
        if crc32c(block[8:]) != struct.unpack_from("<I", block, 4)[0]:
            return None
        header = cls(data, at)
        return header if header.body_len <= BODY_MAX else None


class Log:
    """What was read so far: where the chain is, and what was declared."""

    def __init__(self, uuid, out):
        self.uuid, self.out = uuid, out
        self.group, self.position = 0, 0
        self.digest = blake3(b"gatefold log v1" + uuid)
        self.names, self.versions, self.epoch = [], [], 0
        self.torn = None

    def segment(self, segment, start, finished):
        """Reads the groups of a segment; `finished` says that a later one holds groups."""
        name, data = segment.name, segment.data
        need(segment.uuid == self.uuid, f"{name}: a segment of another log")
        need(segment.first_position == start == self.position + 1, f"{name}: out of sequence")
        need(segment.first_group == self.group + 1, f"{name}: group numbers have a gap")
        need(segment.entering == self.digest, f"{name}: the chain does not go on from before")
        self.seen, self.declared, first_group = {}, set(), self.group
        at, kind = BLOCK, None
        while at < len(data):
            place = f"{name} at {at}"
            need(kind != FOOTER or zeros(data[at:]), f"{place}: bytes behind the footer")
            if kind == FOOTER:
                break
            fault = self.fault(segment, at)
            if fault is not None:
                self.stop(segment, at, fault, finished)
                break
            header = Header.at(data, at)
            body = data[at + GROUP_HEADER : at + GROUP_HEADER + header.body_len]
            need(zeros(data[at + GROUP_HEADER + len(body) : at + header.padded]),
                 f"{place}: bytes behind the body are not zero")
            if header.kind == FOOTER:
                self.footer(place, body, data[:at], segment, self.group - first_group)
            elif header.kind == EVENTS:
                self.frames(place, header, body, at)
            else:
                need(not body and header.events == 0, f"{place}: a body where none belongs")
            self.group, self.digest = header.number, header.digest
            kind, at = header.kind, at + header.padded
        if finished:
            need(kind == FOOTER and at == len(data), f"{name}: does not end with a footer")
        return kind

    def fault(self, segment, at):
        """Why there is no sound next group at an offset; None if there is one."""
        data, header = segment.data, Header.at(segment.data, at)
        if header is None:
            return "no group"
        if header.salt != segment.salt:
            return "a group of another segment"
        if header.offset != at:
            return "a group that belongs to another offset"
        if (header.number, header.position) != (self.group + 1, self.position + 1):
            return "wrong numbers"
        body = data[at + GROUP_HEADER : at + GROUP_HEADER + header.body_len]
        if len(data) < at + header.padded or crc32c(body) != header.body_sum:
            return "torn body"
        if blake3(self.digest + data[at + 8 : at + 64] + body) != header.digest:
            return "the chain does not go on from before"
        return None

    def stop(self, segment, at, fault, finished):
        """Judges the first place that is not a sound next group: a torn tail, or damage."""
        rest = segment.data[at:]
        place = f"{segment.name} at {at}"
        need(not finished, f"{place}: {fault}, in a finished segment")
        if zeros(rest):
            return
        for later in range(at + BLOCK, len(segment.data), BLOCK):
            header = Header.at(segment.data, later)
            is_later = (header is not None and header.salt == segment.salt
                        and header.offset == later and header.number > self.group)
            need(not is_later, f"{place}: {fault}, and a later group at {later}")
        torn = ("no group", "torn body", "a group of another segment")
        need(fault in torn, f"{place}: {fault}")
        self.torn = f"{place}: {fault}, {len(rest.rstrip(bytes(1)))} bytes: a torn tail"

    def frames(self, place, header, body, group_at):
        at, expected = 0, self.position
        while at < len(body):
            need(len(body) - at >= FRAME_HEADER, f"{place}: a frame runs past its group")
            (length, total, position, version, stream, tag, schema, low, high, time, metadata,
             flags, payload_len) = struct.unpack_from("<IIQQIHHQQqHHI", body, at)
            need(length == (FRAME_HEADER + payload_len + 7) // 8 * 8 and at + length <= len(body),
                 f"{place}: a frame's length does not fit")
            frame = body[at : at + length]
            need(total == crc32c(frame[:4], frame[8:]), f"{place}: a frame's sum does not fit")
            need(metadata == 0 and flags <= 1, f"{place}: frame flags {flags:#x}", TooNew)
            payload = frame[FRAME_HEADER : FRAME_HEADER + payload_len]
            need(zeros(frame[FRAME_HEADER + payload_len :]), f"{place}: padding is not zero")
            if flags == 1:
                self.statement(place, tag, stream, payload)
            else:
                expected += 1
                need(position == expected, f"{place}: positions have a gap")
                need(1 <= stream <= len(self.names), f"{place}: an undeclared stream")
                self.versions[stream - 1] += 1
                need(version == self.versions[stream - 1], f"{place}: versions have a gap")
                self.note(stream, version, position, group_at)
                self.event(position, stream, version, high << 64 | low, time, tag, schema, payload)
            at += length
        need(expected == self.position + header.events, f"{place}: another number of events")
        self.position = expected

    def statement(self, place, tag, stream, payload):
        if tag == 1:
            need(stream == len(self.names) + 1, f"{place}: streams are numbered with a gap")
            name = payload.decode("utf-8", "replace")
            need(name == "system" or name.startswith("account:"), f"{place}: a stream {name}")
            need(name not in self.names, f"{place}: {name} is declared twice")
            self.names.append(name)
            self.versions.append(0)
            self.declared.add(stream)
        elif tag == 2:
            need(len(payload) == 8 and stream == 0, f"{place}: an epoch of {len(payload)} bytes")
            epoch = int.from_bytes(payload, "little")
            need(epoch >= self.epoch, f"{place}: the epoch falls")
            self.epoch = epoch
        else:
            raise TooNew(f"{place}: statement {tag}")

    def note(self, stream, version, position, group_at):
        """Keeps what a footer says of a stream."""
        first = (version, version, position, position, [(version, group_at)])
        one = self.seen.get(stream, first)
        sparse = one[4]
        if group_at >= sparse[-1][1] + 65536:
            sparse.append((version, group_at))
        self.seen[stream] = (one[0], version, one[2], position, sparse)

    def event(self, position, stream, version, identity, time, tag, schema, payload):
        fields = {
            "position": position, "stream": self.names[stream - 1], "version": version,
            "id": f"{identity:032x}", "time_ns": time, "tag": tag, "schema": schema,
            "body": payload.hex(),
        }
        print(json.dumps(fields, separators=(",", ":")), file=self.out)

    def footer(self, place, body, before, segment, groups):
        """Compares a footer with what was read of its segment."""
        if not body:
            return
        need(len(body) >= 96 and body[:4] == b"GFFT", f"{place}: the footer is damaged")
        (_magic, version, first, last, count, epoch, digest, streams,
         flags) = struct.unpack_from("<4sIQQQQ32sII", body)
        need(version == 1 and flags <= 1, f"{place}: footer {version}, flags {flags}", TooNew)
        length, magic = struct.unpack_from("<Q8s", body, len(body) - 16)
        need(length == GROUP_HEADER + len(body) and length % BLOCK == 0 and magic == b"GFFTEND1",
             f"{place}: the footer's end is damaged")
        told = (first, last, count, epoch, digest)
        found = (segment.first_position, self.position, groups, self.epoch, blake3(before))
        need(told == found, f"{place}: the footer says {told[:4]}, the segment holds {found[:4]}")
        listed, at = {}, 80
        for _ in range(streams):
            number, name_len, zero, v1, v2, p1, p2, sparse_len, zero2 = struct.unpack_from(
                "<IHHQQQQII", body, at)
            name = body[at + 48 : at + 48 + name_len].decode("utf-8", "replace")
            at += 48 + (name_len + 7) // 8 * 8
            entries = [struct.unpack_from("<QII", body, at + 16 * n) for n in range(sparse_len)]
            at += 16 * sparse_len
            need(zero == zero2 == 0 and all(entry[2] == 0 for entry in entries)
                 and 1 <= number <= len(self.names) and name == self.names[number - 1],
                 f"{place}: the footer's stream {number} is not {name}")
            listed[number] = (v1, v2, p1, p2, [entry[:2] for entry in entries])
        need(zeros(body[at:-16]), f"{place}: bytes behind the footer's streams")
        expected = {number: (0, 0, 0, 0, []) for number in self.declared} | self.seen
        if flags == 0:
            need(listed == expected and list(listed) == sorted(listed),
                 f"{place}: the footer's streams are not those of the segment")
        else:
            need(not listed, f"{place}: streams in a footer that leaves them out")


def read(directory, out):
    log = Log(read_format(directory), out)
    found = list(segments(directory))
    need(found, "there is no segment")
    # An empty newest segment proves nothing: the one before it is the last in use.
    used = len(found)
    if zeros(found[-1][2][BLOCK:]):
        used = max(1, used - 1)
        if used < len(found):
            check_empty(found[-1], used)
    for index, (start, name, data) in enumerate(found[:used]):
        if used == 1 and len(found) == 1 and zeros(data[BLOCK:]) and zeros(data[:BLOCK]):
            break
        segment = Segment(name, data)
        need(segment.number == index + 1, f"{name}: number {segment.number}, not {index + 1}")
        log.segment(segment, start, index + 1 < used)
    return log


def check_empty(newest, index):
    """A newest segment without a group may be half made: its header is checked if it is one."""
    _start, name, data = newest
    if data[:8] == b"GFOLDSEG" and crc32c(data[:124]) == int.from_bytes(data[124:128], "little"):
        number = Segment(name, data).number
        need(number == index + 1, f"{name}: number {number}, not {index + 1}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        log = read(pathlib.Path(sys.argv[1]), sys.stdout)
    except Missing as missing:
        print(f"Missing: {missing}", file=sys.stderr)
        sys.exit(3)
    except (Damage, struct.error, OSError) as damage:
        sys.stdout.flush()
        print(f"{type(damage).__name__}: {damage}", file=sys.stderr)
        sys.exit(2)
    if log.torn is not None:
        print(f"note: {log.torn}", file=sys.stderr)
    head = {"position": log.position, "group": log.group, "digest": log.digest.hex()}
    print(json.dumps({"head": head}, separators=(",", ":")))


if __name__ == "__main__":
    main()
