"""Reads docs/ticketremaster.http and sends its requests, as an editor does."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ticket_demo.answer import Answer
from ticket_demo.transport import Transport

_VARIABLE = re.compile(r"^@(\w+) = (.*)$")
_NAME = re.compile(r"^# @name (\w+)$")
_REQUEST = re.compile(r"^(GET|POST|DELETE) (\S+)$")
_HEADER = re.compile(r"^([A-Za-z-]+): (.*)$")
_REFERENCE = re.compile(r"{{([^{}]+)}}")
_STEP = re.compile(r"(\w+)|\[(\d+)\]|\[\?\(@\.(\w+)=='([^']*)'\)\]")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it is written."""

    name: str
    remark: str
    method: str
    address: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class HttpFile:
    """The variables on top, and the requests in order."""

    variables: Mapping[str, str]
    requests: tuple[Request, ...]


def parse_http_file(text: str) -> HttpFile:
    """The file's parts; a line that is none of them is an error."""
    head, *blocks = re.split(r"^### ", text, flags=re.MULTILINE)
    variables: dict[str, str] = {}
    for line in head.splitlines():
        if line and not line.startswith("#"):
            match = _VARIABLE.fullmatch(line)
            assert match is not None, line
            variables[match[1]] = match[2]
    requests = [_parse(block) for block in blocks if not block.startswith("===")]
    return HttpFile(variables, tuple(requests))


def run(file: HttpFile, variables: Mapping[str, str]) -> dict[str, Answer]:
    """Send every request; the answers by the requests' names."""
    known = {**file.variables, **variables}
    answers: dict[str, Answer] = {}
    for request in file.requests:
        base, path = re.fullmatch(
            r"(https?://[^/]+)(/.*)", _filled(request.address, known, answers)
        ).groups()  # type: ignore[union-attr]
        body = _filled(request.body, known, answers)
        headers = {
            name: _filled(value, known, answers)
            for name, value in request.headers.items()
        }
        answers[request.name] = Transport(base).call(
            request.method,
            path,
            json=json.loads(body) if body else None,
            headers=headers,
        )
    return answers


def _parse(block: str) -> Request:
    top, _, body = block.strip().partition("\n\n")
    remark, naming, request, *headers = top.splitlines()
    name, line = _NAME.fullmatch(naming), _REQUEST.fullmatch(request)
    pairs = [_HEADER.fullmatch(header) for header in headers]
    assert name is not None, naming
    assert line is not None, request
    assert all(pairs), headers
    found = {pair[1]: pair[2] for pair in pairs if pair}
    return Request(name[1], remark, line[1], line[2], found, body)


def _filled(
    text: str, variables: Mapping[str, str], answers: Mapping[str, Answer]
) -> str:
    def value(match: re.Match[str]) -> str:
        reference = match[1]
        if reference == "$guid":
            return str(uuid.uuid4())
        name, is_answer, path = reference.partition(".response.body.$.")
        if not is_answer:
            return variables[name]
        return str(_at(answers[name], path))

    return _REFERENCE.sub(value, text)


def _at(answer: Answer, path: str) -> Any:
    """What a JSONPath of the kinds that the file uses leads to."""
    found = answer.body
    for name, index, key, wanted in _STEP.findall(path):
        if name:
            assert name in found, f"no {path} in {answer}"
            found = found[name]
        elif index:
            found = found[int(index)]
        else:
            found = next(one for one in found if one[key] == wanted)
    return found
