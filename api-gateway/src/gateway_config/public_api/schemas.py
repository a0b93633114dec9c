"""The schemas of three services as the components of one document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway_config.errors import GatewayConfigError
from gateway_config.public_api.operations import PublicApi

_PREFIX = "#/components/schemas/"
_OURS = "x-sometimes"


def collect_schemas(api: PublicApi) -> dict[str, Any]:
    """Every schema that a public operation needs, by its name.

    What is answered has all its fields, but for those that come only at times.
    """
    collected: dict[str, Any] = {}
    for service, schemas in api.schemas.items():
        mine = [one for one in api.operations if one.service == service]
        asked = _closure((one.raw.get("requestBody") for one in mine), schemas)
        answered = _closure((one.raw["responses"] for one in mine), schemas)
        for name in sorted((asked | answered) - {"Error"}):
            schema = _tidy(schemas[name])
            if name in answered - asked:
                schema["required"] = sorted(_always_there(schemas[name]))
            if collected.setdefault(name, schema) != schema:
                raise GatewayConfigError(f"two schemas are called {name}: rename one")
    return dict(sorted(collected.items()))


def references(node: Any) -> set[str]:
    """The names of the schemas that a part of a document refers to."""
    if isinstance(node, Mapping):
        found = set()
        if str(node.get("$ref", "")).startswith(_PREFIX):
            found.add(node["$ref"].removeprefix(_PREFIX))
        return found.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(item) for item in node))
    return set()


def tidy(form: Any) -> Any:
    """A schema as JSON Schema has it, where apispec or Python say it otherwise."""
    if isinstance(form, list):
        return [tidy(item) for item in form]
    if not isinstance(form, Mapping):
        return form
    plain = {key: tidy(value) for key, value in form.items() if key != _OURS}
    wrapped = plain.get("allOf", [])
    if len(plain) == 1 and len(wrapped) == 1:
        return wrapped[0]
    if "pattern" in plain:
        plain["pattern"] = plain["pattern"].replace(r"\Z", "$")
    if plain.get("type") == "object":
        for length, properties in _OF_OBJECTS.items():
            if length in plain:
                plain[properties] = plain.pop(length)
    return plain


_OF_OBJECTS = {"minLength": "minProperties", "maxLength": "maxProperties"}


def _tidy(schema: Mapping[str, Any]) -> dict[str, Any]:
    # Names of fields are no keywords: a field may well be called "pattern".
    tidied: dict[str, Any] = tidy({**schema, "properties": {}})
    properties = schema.get("properties", {})
    tidied["properties"] = {name: tidy(form) for name, form in properties.items()}
    return tidied


def _always_there(schema: Mapping[str, Any]) -> Iterable[str]:
    return [
        name
        for name, form in schema.get("properties", {}).items()
        if not form.get(_OURS, False)
    ]


def _closure(parts: Iterable[Any], schemas: Mapping[str, Any]) -> set[str]:
    waiting = set().union(*(references(part) for part in parts))
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= references(schemas[name]) - found
    return found
