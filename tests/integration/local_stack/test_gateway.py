"""The configuration made of kong.yml, in a real Envoy before services that echo."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests

from local_stack.testing import temporary_stack
from support.gateway_alone import UPSTREAMS, Gateway, error_of, gateway_alone
from support.waiting import eventually

BODY_BYTES_MAX = 1_000_000
ORIGIN = "http://localhost:5173"


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with gateway_alone() as running:
        yield running


# --- tokens -----------------------------------------------------------------------


def test_token_is_let_through_and_passed_on(gateway: Gateway) -> None:
    token = gateway.token()

    answer = gateway.call("GET", "/users/me", token)

    assert answer.status_code == 200
    assert answer.json()["headers"]["authorization"] == f"Bearer {token}"


def test_without_a_token_one_is_asked_for(gateway: Gateway) -> None:
    answer = gateway.call("GET", "/users/me")

    assert answer.status_code == 401
    assert error_of(answer)["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize(
    "claims",
    [
        {"secret": "x" * 64},
        {"iss": "somebody-else"},
        {"iss": None},
        {"exp": None},
    ],
)
def test_token_that_is_not_ours_is_refused(
    gateway: Gateway, claims: dict[str, Any]
) -> None:
    answer = gateway.call("GET", "/users/me", gateway.token(**claims))

    assert answer.status_code == 401
    assert error_of(answer)["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.b"])
def test_text_that_is_no_token_is_refused(gateway: Gateway, token: str) -> None:
    answer = gateway.call("GET", "/users/me", token)

    assert answer.status_code == 401
    assert error_of(answer)["code"] == "UNAUTHORIZED"


def test_token_without_a_signature_is_refused(gateway: Gateway) -> None:
    claims = jwt.decode(gateway.token(), options={"verify_signature": False})
    unsigned = jwt.encode(claims, key="", algorithm="none")

    answer = gateway.call("GET", "/users/me", unsigned)

    assert answer.status_code == 401


def test_expired_token_is_told_as_such(gateway: Gateway) -> None:
    answer = gateway.call("GET", "/users/me", gateway.token(exp=int(time.time()) - 2))

    assert answer.status_code == 401
    assert error_of(answer)["code"] == "TOKEN_EXPIRED"


@pytest.mark.parametrize("name", ["jwt", "access_token"])
def test_token_in_the_address_does_not_count(gateway: Gateway, name: str) -> None:
    answer = gateway.call("GET", f"/users/me?{name}={gateway.token()}")

    assert answer.status_code == 401


def test_public_path_needs_no_token(gateway: Gateway) -> None:
    assert gateway.call("GET", "/events").status_code == 200


# --- what reaches the services ------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_services_know_no_version(gateway: Gateway, prefix: str) -> None:
    answer = gateway.call("GET", f"{prefix}/events?q=a%20b&page=2")

    assert answer.json()["path"] == "/events?q=a%20b&page=2"


def test_path_under_a_double_version_is_unknown(gateway: Gateway) -> None:
    assert gateway.call("GET", "/v1/v1/events").status_code == 404


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/events", "event-service"),
        ("/events/1", "orchestrator-service"),
        ("/events/1/seats", "orchestrator-service"),
        ("/users/me", "user-service"),
    ],
)
def test_each_path_reaches_its_service(
    gateway: Gateway, path: str, service: str
) -> None:
    mark = str(uuid.uuid4())

    gateway.call("GET", path, gateway.token(), headers={"X-Test": mark})

    reached = [name for name in UPSTREAMS if mark in gateway.services[name].seen]
    assert reached == [service]


@pytest.mark.parametrize(
    "name",
    [
        "X-Service-Token",
        "x-service-token",
        "X_Service_Token",
        "X-Consumer-ID",
        "X-Consumer-Username",
        "X-RateLimit-Subject",
    ],
)
def test_what_only_the_inside_may_say_does_not_get_in(
    gateway: Gateway, name: str
) -> None:
    answer = gateway.call("GET", "/events", headers={name: "forged"})

    assert "forged" not in answer.json()["headers"].values()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/credits/deduct"),
        ("GET", "/users/1/risk"),
        ("POST", "/orders/1/confirm"),
        ("GET", "/metrics"),
        ("GET", "/health/ready"),
        ("GET", "/v1/health/ready"),
        ("GET", "/events/../metrics"),
        ("GET", "/events/%2e%2e/metrics"),
        ("GET", "/users/1%2Frisk"),
        ("GET", "/users/1%252Frisk"),
        ("GET", "/users/1\\risk"),
        ("GET", "//metrics"),
        ("GET", "/"),
    ],
)
def test_nothing_else_is_reachable(gateway: Gateway, method: str, path: str) -> None:
    request = requests.Request(method, gateway.url).prepare()
    request.url = gateway.url + path  # as it stands, not tidied up on the way
    request.headers["Authorization"] = f"Bearer {gateway.token()}"
    with requests.Session() as session:
        answer = session.send(request, timeout=10)

    assert answer.status_code == 404
    assert error_of(answer)["code"] == "NOT_FOUND"


# --- request ids ------------------------------------------------------------------


@pytest.mark.parametrize("id_", ["my-1", "x" * 128, str(uuid.uuid4()), "a/b=c+d.e:f"])
def test_request_id_of_the_client_is_kept(gateway: Gateway, id_: str) -> None:
    answer = gateway.call("GET", "/events", headers={"X-Request-ID": id_})

    assert answer.headers["X-Request-ID"] == id_
    assert answer.json()["headers"]["x-request-id"] == id_


@pytest.mark.parametrize("id_", [None, "", "x" * 129, "a b", "a\tb", 'a"b', "a\\b"])
def test_request_id_that_is_not_fit_is_made_anew(
    gateway: Gateway, id_: str | None
) -> None:
    headers = {} if id_ is None else {"X-Request-ID": id_}

    answer = gateway.call("GET", "/events", headers=headers)

    made = answer.headers["X-Request-ID"]
    assert str(uuid.UUID(made)) == made
    assert answer.json()["headers"]["x-request-id"] == made


def test_two_requests_have_two_ids(gateway: Gateway) -> None:
    one = gateway.call("GET", "/nowhere").headers["X-Request-ID"]
    other = gateway.call("GET", "/nowhere").headers["X-Request-ID"]

    assert one != other


# --- sizes ------------------------------------------------------------------------


def test_body_of_a_megabyte_gets_in(gateway: Gateway) -> None:
    answer = gateway.call(
        "POST", "/reserve", gateway.token(), data=b"x" * BODY_BYTES_MAX
    )

    assert answer.json()["body_bytes"] == BODY_BYTES_MAX


@pytest.mark.parametrize("encoding", ["of known length", "chunked"])
def test_longer_body_is_refused(gateway: Gateway, encoding: str) -> None:
    body = b"x" * (BODY_BYTES_MAX + 1)
    data = iter([body]) if encoding == "chunked" else body

    answer = gateway.call("POST", "/reserve", gateway.token(), data=data)

    assert answer.status_code == 413
    assert error_of(answer)["code"] == "PAYLOAD_TOO_LARGE"


# --- limits -----------------------------------------------------------------------


def test_user_is_told_how_often_he_may_still_call(gateway: Gateway) -> None:
    answer = gateway.call("POST", "/reserve", gateway.token())

    assert answer.headers["X-RateLimit-Limit"] == "60"
    assert 0 <= int(answer.headers["X-RateLimit-Remaining"]) < 60
    assert int(answer.headers["X-RateLimit-Reset"]) >= 0


def test_limit_is_for_each_user_bare_and_under_v1_together(gateway: Gateway) -> None:
    eager, other = gateway.token(), gateway.token()
    paths = ["/pay", "/v1/pay"] * 15

    answers = [gateway.call("POST", path, eager) for path in paths]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert 5 <= len(refused) <= 10  # the bucket fills while we call
    assert error_of(refused[-1])["code"] == "RATE_LIMITED"
    assert 1 <= int(refused[-1].headers["Retry-After"]) <= 60
    assert refused[-1].headers["X-RateLimit-Remaining"] == "0"
    assert gateway.call("POST", "/pay", other).status_code == 200


def test_anonymous_caller_is_counted_by_his_address(gateway: Gateway) -> None:
    def sign_in(number: int) -> int:
        forged = {
            "X-Forwarded-For": f"10.0.0.{number}",
            "X-RateLimit-Subject": str(number),
            "Authorization": f"Bearer {gateway.token(secret='y' * 64)}",
        }
        return gateway.call("POST", "/auth/login", headers=forged).status_code

    statuses = [sign_in(number) for number in range(30)]

    assert 5 <= statuses.count(429) <= 10


# --- browsers ---------------------------------------------------------------------


def preflight(gateway: Gateway, path: str, origin: str) -> requests.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return gateway.call("OPTIONS", path, headers=headers)


@pytest.mark.parametrize("path", ["/reserve", "/v1/pay", "/auth/login", "/events"])
def test_preflight_is_answered_without_a_token(gateway: Gateway, path: str) -> None:
    answer = preflight(gateway, path, ORIGIN)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("path", ["/events", "/users/me"])
def test_page_may_read_the_headers_also_of_a_refusal(
    gateway: Gateway, path: str
) -> None:
    answer = gateway.call("GET", path, headers={"Origin": ORIGIN})

    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert {"X-Request-ID", "Retry-After", "X-RateLimit-Remaining"} <= {
        name.strip() for name in exposed.split(",")
    }


def test_foreign_page_may_not(gateway: Gateway) -> None:
    assert "Access-Control-Allow-Origin" not in (
        preflight(gateway, "/reserve", "http://evil.example").headers
    )


# --- services that fail -----------------------------------------------------------


def test_answer_of_a_service_is_left_as_it_is(gateway: Gateway) -> None:
    answer = gateway.call(
        "POST", "/reserve", gateway.token(), headers={"X-Behave": "refuse"}
    )

    assert answer.status_code == 409
    assert answer.json() == {"error": {"code": "SEAT_UNAVAILABLE"}}


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_request_is_never_sent_twice(gateway: Gateway, method: str) -> None:
    mark = str(uuid.uuid4())
    path = {"POST": "/pay", "GET": "/orders"}[method]

    answer = gateway.call(
        method,
        path,
        gateway.token(),
        headers={"X-Test": mark, "X-Behave": "hang up"},
    )

    assert answer.status_code in {502, 503}
    assert error_of(answer)["code"] == "SERVICE_UNAVAILABLE"
    assert gateway.services["orchestrator-service"].seen.count(mark) == 1


def test_service_that_is_down_is_told_as_such(gateway: Gateway) -> None:
    with temporary_stack(only=["gateway"]) as stack:
        lonely = Gateway(stack.url(), stack.context.secrets["JWT_SECRET"], stack)
        answer = lonely.call("GET", "/events")

    assert answer.status_code == 503
    assert error_of(answer)["code"] == "SERVICE_UNAVAILABLE"
    assert answer.headers["Retry-After"] == "1"


# --- logs -------------------------------------------------------------------------


def test_log_has_the_request_but_neither_query_nor_token(gateway: Gateway) -> None:
    token, mark = gateway.token(), uuid.uuid4().hex

    gateway.call("GET", f"/orders?secret={mark}", token, headers={"X-Request-ID": mark})

    log = eventually(
        lambda: gateway.stack.logs("gateway", 500),
        lambda text: f'"request_id":"{mark}"' in text,
        within_s=10,
    )
    assert '"path":"/orders"' in log
    assert f"secret={mark}" not in log
    assert token not in log
