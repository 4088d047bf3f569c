"""Validates recorded replies against Alpaca's OpenAPI documents, apart from known errors in these."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

import exceptions

FORMATS = FormatChecker(formats=("uuid", "date"))


class Schemas:
    """Both documents, with OpenAPI's dialect turned into JSON Schema's."""

    def __init__(self, folder: Path):
        self.documents = [json.loads((folder / name).read_text()) for name in ("trading.json", "marketdata.json")]
        self.used = set()
        self.checked = 0

    def validate(self, method: str, url: str, status: int, body, where: str) -> list[str]:
        """What is wrong with a reply; nothing for a call that the documents do not describe."""
        path = urlsplit(url).path
        for document in self.documents:
            for template, operations in document["paths"].items():
                pattern = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
                pattern = re.sub(r"{[^}]*}", "[^/]+", pattern)
                operation = operations.get(method.lower())
                if operation is None or not re.fullmatch(pattern, path):
                    continue
                described = operation["responses"].get(str(status), {})
                content = described.get("content", {}).get("application/json")
                if content is None or "schema" not in content:
                    return []
                self.checked += 1
                found = []
                self.walk(content["schema"], body, document, template, where, found)
                return found
        return []

    def walk(self, schema, value, document, name, where, found):
        """Checks a value property by property, so that a fault has the name of its schema and property."""
        while "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            schema = document["components"]["schemas"][name]
        options = schema.get("anyOf") or schema.get("oneOf")
        if options:
            tries = []
            for option in options:
                tried = []
                self.walk(option, value, document, name, where, tried)
                tries.append(tried)
            found.extend(min(tries, key=len))
            return
        for part in schema.get("allOf", []):
            self.walk(part, value, document, name, where, found)
        if isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                self.walk(schema["items"], item, document, name, f"{where}[{index}]", found)
            return
        if isinstance(value, dict) and ("properties" in schema or "additionalProperties" in schema):
            self.object(schema, value, document, name, where, found)
            return
        plain = {key: it for key, it in schema.items() if key in ("type", "enum", "format", "minLength", "maxLength")}
        if plain.get("format") not in ("uuid", "date"):
            plain.pop("format", None)
        for error in Draft202012Validator(plain, format_checker=FORMATS).iter_errors(value):
            found.append(f"{where}: {error.message} ({name})")

    def object(self, schema, value, document, name, where, found):
        properties = schema.get("properties", {})
        for required in schema.get("required", []):
            if required not in value and not self.forgiven(exceptions.VALUES, name, required):
                found.append(f"{where}: {required} is missing ({name})")
        for key, it in value.items():
            place = f"{where}.{key}"
            described = properties.get(key)
            if described is None:
                free = schema.get("additionalProperties")
                if isinstance(free, dict):
                    self.walk(free, it, document, name, place, found)
                elif properties and not self.forgiven(exceptions.UNDOCUMENTED, name, key):
                    found.append(f"{place}: not in the schema ({name})")
            elif it is None:
                nullable = self.resolved(described, document).get("nullable") or described.get("nullable")
                if not nullable and not self.forgiven(exceptions.NULLABLE, name, key):
                    found.append(f"{place}: null, which the schema does not allow ({name})")
            else:
                before = len(found)
                self.walk(described, it, document, name, place, found)
                if len(found) > before and self.forgiven(exceptions.VALUES, name, key):
                    del found[before:]

    def resolved(self, schema, document):
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    def forgiven(self, table, name, key) -> bool:
        if (name, key) in table:
            self.used.add((id(table), name, key))
            return True
        return False

    def unused(self) -> list[str]:
        """Exceptions that forgave nothing."""
        tables = [exceptions.NULLABLE, exceptions.UNDOCUMENTED, exceptions.VALUES]
        return [f"{name}.{key}" for table in tables for name, key in table if (id(table), name, key) not in self.used]
