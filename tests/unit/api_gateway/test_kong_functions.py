"""The Lua functions of kong.yml, run by the same LuaJIT as in Kong, on a small Kong."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from lupa import luajit21  # type: ignore[import-untyped]

from support.gateway_description import lua_function

# As much of Kong as the functions use: headers ignore case, a route may have answered.
FAKE_KONG = """
local requested, answered = {}, {}
local state = { path = "/", status = 200, source = "exit", body = nil }
local function get(headers)
  return function(name) return headers[name:lower()] end
end
local function set(headers)
  return function(name, value) headers[name:lower()] = value end
end
kong = {
  request = {
    get_header = get(requested),
    get_path = function() return state.path end,
  },
  service = { request = {
    set_header = set(requested),
    clear_header = function(name) requested[name:lower()] = nil end,
    set_path = function(path) state.upstream_path = path end,
  } },
  response = {
    get_header = get(answered),
    set_header = set(answered),
    clear_header = function(name) answered[name:lower()] = nil end,
    get_status = function() return state.status end,
    set_status = function(status) state.status = status end,
    get_source = function() return state.source end,
    get_raw_body = function() return state.body end,
    set_raw_body = function(body) state.body = body end,
  },
}
ngx = { decode_base64 = decode_base64 }
return { requested = requested, answered = answered, state = state }
"""


class SmallKong:
    def __init__(self) -> None:
        self.lua = luajit21.LuaRuntime(unpack_returned_tuples=True)
        self.lua.globals().decode_base64 = decode_base64
        inside = self.lua.execute(FAKE_KONG)
        self.requested: Any = inside.requested
        self.answered: Any = inside.answered
        self.state: Any = inside.state

    def run(self, name: str) -> None:
        self.lua.execute(lua_function(name))


def decode_base64(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return None


@pytest.fixture
def kong() -> SmallKong:
    return SmallKong()


@pytest.mark.parametrize("id_", ["a", "A1-b_c.d:e/f+g=h~!", "x" * 128])
def test_fit_request_id_is_kept(kong: SmallKong, id_: str) -> None:
    kong.requested["x-request-id"] = id_

    kong.run("request-id")

    assert kong.requested["x-request-id"] == id_


@pytest.mark.parametrize("id_", ["", "x" * 129, "a b", "a\tb", 'a"b', "a\\b", "a\x7f"])
def test_absurd_request_id_is_dropped(kong: SmallKong, id_: str) -> None:
    kong.requested["x-request-id"] = id_

    kong.run("request-id")

    assert kong.requested["x-request-id"] is None


def test_what_only_the_inside_may_say_is_removed(kong: SmallKong) -> None:
    for name in ("x-service-token", "x-consumer-username", "x-ratelimit-subject"):
        kong.requested[name] = "forged"
    kong.requested["authorization"] = "Bearer t"

    kong.run("clean-request")

    assert dict(kong.requested) == {"authorization": "Bearer t"}


@pytest.mark.parametrize(
    ("path", "upstream"),
    [("/v1/events", "/events"), ("/events", None), ("/v12/events", None)],
)
def test_version_is_stripped(kong: SmallKong, path: str, upstream: str | None) -> None:
    kong.state["path"] = path

    kong.run("strip-version")

    assert kong.state["upstream_path"] == upstream


def token(claims: Mapping[str, object]) -> str:
    def encode(part: object) -> str:
        text = json.dumps(part).encode()
        return base64.urlsafe_b64encode(text).decode().rstrip("=")

    return f"{encode({'alg': 'HS256'})}.{encode(claims)}.signature"


@pytest.mark.parametrize("filler", ["", "a", "ab", "abc", "???>>>"])
def test_limits_count_for_the_user_of_the_token(kong: SmallKong, filler: str) -> None:
    claims = {"name": filler, "sub": "8b8f775f-bb5c-d2d8-a17c-a0c25be37442"}
    kong.requested["authorization"] = f"Bearer {token(claims)}"

    kong.run("rate-limit-subject")

    assert kong.requested["x-ratelimit-subject"] == claims["sub"]


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer x.y", "Bearer x.!!!.z", "Basic YTpi"],
)
def test_no_token_has_no_user(kong: SmallKong, header: str | None) -> None:
    kong.requested["authorization"] = header

    kong.run("rate-limit-subject")

    assert kong.requested["x-ratelimit-subject"] is None


def test_name_that_looks_like_a_claim_is_not_the_user(kong: SmallKong) -> None:
    claims = {"name": '"sub":"victim"', "sub": "attacker"}
    kong.requested["authorization"] = f"Bearer {token(claims)}"

    kong.run("rate-limit-subject")

    assert kong.requested["x-ratelimit-subject"] == "attacker"


def test_rate_limit_headers_get_the_promised_names(kong: SmallKong) -> None:
    kong.answered["ratelimit-limit"] = "60"
    kong.answered["ratelimit-remaining"] = "59"

    kong.run("rate-limit-headers")

    assert kong.answered["x-ratelimit-limit"] == "60"
    assert kong.answered["x-ratelimit-remaining"] == "59"
    assert kong.answered["x-ratelimit-reset"] is None


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, "", "MALFORMED_REQUEST"),
        (401, '{"message":"Unauthorized"}', "UNAUTHORIZED"),
        (401, '{"exp":"token expired"}', "TOKEN_EXPIRED"),
        (403, "", "FORBIDDEN"),
        (404, '{"message":"no Route matched with those values"}', "NOT_FOUND"),
        (405, '{"message":"Method not allowed"}', "METHOD_NOT_ALLOWED"),
        (408, "", "MALFORMED_REQUEST"),
        (413, "", "PAYLOAD_TOO_LARGE"),
        (417, "", "PAYLOAD_TOO_LARGE"),
        (429, "", "RATE_LIMITED"),
        (500, "", "INTERNAL_ERROR"),
        (502, "", "SERVICE_UNAVAILABLE"),
        (503, "<html>", "SERVICE_UNAVAILABLE"),
        (504, "", "SERVICE_UNAVAILABLE"),
    ],
)
def test_errors_of_the_gateway_are_in_the_envelope(
    kong: SmallKong, status: int, body: str, code: str
) -> None:
    kong.state["status"], kong.state["body"] = status, body
    kong.answered["content-length"] = str(len(body))
    kong.answered["x-request-id"] = "r-1"

    kong.run("error-envelope-head")
    kong.run("error-envelope-body")

    error = json.loads(kong.state["body"])["error"]
    assert error["code"] == code
    assert error["message"]
    assert (error["details"], error["request_id"]) == ({}, "r-1")
    assert kong.answered["content-type"] == "application/json"
    assert kong.answered["content-length"] is None
    assert kong.answered["retry-after"] == ("1" if status > 500 else None)
    assert kong.state["status"] == (413 if status == 417 else status)


@pytest.mark.parametrize(("status", "source"), [(404, "service"), (200, "exit")])
def test_answers_of_services_are_left_alone(
    kong: SmallKong, status: int, source: str
) -> None:
    kong.state["status"], kong.state["source"] = status, source
    kong.state["body"] = "as it was"
    kong.answered["content-length"] = "9"

    kong.run("error-envelope-head")
    kong.run("error-envelope-body")

    assert kong.state["body"] == "as it was"
    assert kong.answered["content-length"] == "9"


def test_body_is_written_once_it_is_complete(kong: SmallKong) -> None:
    kong.state["status"] = 404

    kong.run("error-envelope-body")

    assert kong.state["body"] is None
