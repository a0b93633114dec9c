"""Faults at the doors: tokens, roles, keys, limits, logs."""

from __future__ import annotations

from mutants.mutant import Edit, Mutant

_COMMON = "common/src/service_common"
_ACCESS = f"{_COMMON}/access.py"
_KONG = "api-gateway/kong.yml"

_ACCESS_TESTS = ("tests/unit/common/test_common_access.py",)
_DOOR_TESTS = ("tests/integration/common/test_overload.py",)
_KEYS = ("tests/integration/common/test_idempotency_keys.py",)
_ROUTES = ("tests/unit/api_gateway", "tests/contract/test_gateway_routes.py")

EDGE = (
    Mutant(
        "inside-for-everybody",
        "A call between services needs no credential.",
        (
            Edit(
                _ACCESS,
                "        if not same_secret(\n",
                "        if False and not same_secret(\n",
            ),
        ),
        _ACCESS_TESTS,
    ),
    Mutant(
        "grpc-for-everybody",
        "Whoever reaches inventory's port may sell seats.",
        (
            Edit(
                f"{_COMMON}/grpc_server.py",
                "if same_secret(offered, self._token):",
                "if offered is not None:",
            ),
        ),
        ("tests/unit/common/test_common_grpc_edge.py",),
    ),
    Mutant(
        "every-role-is-admin",
        "A customer may do what only an administrator may.",
        (Edit(_ACCESS, "if g.caller.role not in rule:", "if not rule:"),),
        _ACCESS_TESTS,
    ),
    Mutant(
        "silent-view",
        "A view that does not say who may call it is served.",
        (Edit(_ACCESS, "    if silent:\n", "    if False:\n"),),
        _ACCESS_TESTS,
    ),
    Mutant(
        "token-without-signature",
        "Everybody writes his own tokens.",
        (
            Edit(
                _ACCESS,
                '"verify_exp": False,',
                '"verify_exp": False, "verify_signature": False,',
            ),
        ),
        _ACCESS_TESTS,
    ),
    Mutant(
        "token-for-ever",
        "A token is good after it has expired.",
        (
            Edit(
                _ACCESS,
                "if expires_at <= time.time() - _LEEWAY_S:",
                "if expires_at <= 0:",
            ),
        ),
        _ACCESS_TESTS,
    ),
    Mutant(
        "token-of-another-audience",
        "A token made for something else is taken.",
        (
            Edit(
                _ACCESS,
                '"verify_exp": False,',
                '"verify_exp": False, "verify_aud": False,',
            ),
        ),
        _ACCESS_TESTS,
    ),
    Mutant(
        "anybodys-name",
        "A body may name another person as its author.",
        (
            Edit(
                _ACCESS,
                "if user_id is not None and user_id != self.user_id:",
                "if user_id is None and self.user_id is None:",
            ),
        ),
        (*_ACCESS_TESTS, "tests/e2e/test_gate_access.py"),
    ),
    Mutant(
        "account-of-anybody",
        "Somebody reads another's account.",
        (
            Edit(
                "user-service/src/user_service/routes/user_routes.py",
                "if not own and caller().role is not Role.ADMIN:",
                "if not own and caller().role is None:",
            ),
        ),
        ("tests/integration/user_service/test_accounts.py",),
    ),
    Mutant(
        "topup-of-anybody",
        "Somebody reads another's payments.",
        (
            Edit(
                "user-service/src/user_service/services/topup_service.py",
                "if topup is None or topup.user_id != user_id:",
                "if topup is None:",
            ),
        ),
        ("tests/integration/user_service/test_topups.py",),
    ),
    Mutant(
        "key-for-two-requests",
        "An Idempotency-Key answers another request with the first one's answer.",
        (
            Edit(
                f"{_COMMON}/idempotency.py",
                "if kept is not None and bytes(kept.request_hash) != digest:",
                "if kept is not None and not kept.request_hash:",
            ),
        ),
        _KEYS,
    ),
    Mutant(
        "key-of-another",
        "An Idempotency-Key answers one person with another's answer.",
        (
            Edit(
                f"{_COMMON}/idempotency.py",
                '"caller": str(g.caller.user_id)',
                '"caller": "everybody"',
            ),
        ),
        _KEYS,
    ),
    Mutant(
        "gateway-without-tokens",
        "The gateway lets requests without a token through to the orchestrator.",
        (
            Edit(
                _KONG,
                """      - name: jwt
        config: *jwt
      - name: pre-function
        config: *for_users
""",
                """      - name: pre-function
        config: *for_users
""",
            ),
        ),
        _ROUTES,
    ),
    Mutant(
        "inside-through-the-gateway",
        "The call that charges credits is reachable from outside.",
        (
            Edit(
                _KONG,
                'paths: ["~/(?:v1/)?credits/(?:balance|',
                'paths: ["~/(?:v1/)?credits/(?:facts|balance|',
            ),
        ),
        _ROUTES,
    ),
    Mutant(
        "queue-without-end",
        "Under overload every request is answered when nobody listens any more.",
        (
            Edit(
                f"{_COMMON}/bounded_worker.py",
                "            if self._waiting >= self._room_for:\n"
                "                return False\n",
                "",
            ),
        ),
        _DOOR_TESTS,
    ),
    Mutant(
        "patience-without-end",
        "What has waited for too long is served before what could be in time.",
        (
            Edit(
                f"{_COMMON}/bounded_worker.py",
                "time.monotonic() - self.queued_at > WAIT_MAX_S",
                "False",
            ),
        ),
        _DOOR_TESTS,
    ),
    Mutant(
        "refusal-of-health",
        "A service that has much to do is taken for dead.",
        (
            Edit(
                f"{_COMMON}/admission.py",
                'if environ.get("PATH_INFO") in OPERATIONS:',
                'if environ.get("PATH_INFO") is None:',
            ),
        ),
        ("tests/unit/common/test_admission.py",),
    ),
    Mutant(
        "secrets-in-logs",
        "A field that is a secret by its name is written into the log.",
        (
            Edit(
                f"{_COMMON}/logs.py",
                'event[field] = "[redacted]"',
                "continue",
            ),
        ),
        ("tests/unit/common/test_common_logs.py",),
    ),
    Mutant(
        "parameters-in-logs",
        "A statement that fails is logged with its parameters.",
        (Edit(f"{_COMMON}/db.py", "hide_parameters=True", "hide_parameters=False"),),
        (
            "tests/integration/common/test_database.py",
            "tests/integration/user_service/test_user_logs.py",
        ),
    ),
)
