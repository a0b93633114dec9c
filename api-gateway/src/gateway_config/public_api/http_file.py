"""The walk as an HTTP file, for editors that send requests at a click."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway_config.errors import GatewayConfigError
from gateway_config.public_api.walk import VARIABLES, WALK, Inbox, Step, told

_HEAD = """\
# The three scenarios, request by request. Made by bin/openapi of the API's description.
#
# For editors that send requests out of .http files and know answers by the name of
# their request: VS Code (REST Client), IntelliJ, Visual Studio. Send them from the top;
# each uses what those before it were answered. `make up` starts what they need; where
# it takes other ports, it says so: then change the first two lines.
"""
_JSON = "application/json"


def http_file(document: Mapping[str, Any]) -> str:
    """The text of the file; a step that the document does not know is refused."""
    operations = {
        operation["operationId"]: (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    lines = [_HEAD]
    lines += [f"@{name} = {value}" for name, value in VARIABLES.items()]
    for chapter in WALK:
        lines += ["", "", f"### === {chapter.title} ==="]
        for step in chapter.steps:
            if isinstance(step, Inbox):
                lines += _inbox(step)
                continue
            if step.operation not in operations:
                raise GatewayConfigError(f"no operation is called {step.operation}")
            method, path, operation = operations[step.operation]
            _check_body(step, operation, document)
            lines += _request(step, method, path)
    return "\n".join(lines) + "\n"


def _inbox(step: Inbox) -> Iterator[str]:
    yield from _title(step)
    yield f"GET {{{{inbox}}}}/messages?phone_number={step.phone}"
    yield f"Accept: {_JSON}"


def _request(step: Step, method: str, path: str) -> Iterator[str]:
    yield from _title(step)
    address = re.sub(r"{([^}]+)}", lambda name: step.path[name[1]], path)
    query = f"?{step.query}" if step.query else ""
    yield f"{method} {{{{gateway}}}}/v1{address}{query}"
    yield f"Accept: {_JSON}"
    if step.who:
        yield f"Authorization: Bearer {told(f'{step.who}_login', 'access_token')}"
    if step.has_key:
        yield "Idempotency-Key: {{$guid}}"
    if step.body:
        yield f"Content-Type: {_JSON}"
        yield ""
        yield json.dumps(step.body, indent=2, ensure_ascii=False)


def _title(step: Step | Inbox) -> Iterator[str]:
    yield ""
    yield f"### {step.remark}"
    yield f"# @name {step.name}"


def _check_body(
    step: Step, operation: Mapping[str, Any], document: Mapping[str, Any]
) -> None:
    """Refuse a body that the operation would."""
    if "requestBody" not in operation:
        if step.body:
            raise GatewayConfigError(f"{step.operation} takes no body")
        return
    reference = operation["requestBody"]["content"][_JSON]["schema"]["$ref"]
    schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    unknown = step.body.keys() - schema["properties"].keys()
    missing = set(schema.get("required", [])) - step.body.keys()
    if unknown or missing:
        raise GatewayConfigError(
            f"{step.operation}: the body of {step.name} has {sorted(unknown)} too much,"
            f" and lacks {sorted(missing)}"
        )
