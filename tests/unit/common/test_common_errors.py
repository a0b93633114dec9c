"""A refusal that crosses the wire is the same exception on the other side."""

from __future__ import annotations

import pytest

from service_common import errors
from service_common.errors import Refusal, refusal_of

FAMILIES = [
    errors.InvalidInput,
    errors.Unauthorized,
    errors.PaymentRequired,
    errors.Forbidden,
    errors.NotFound,
    errors.Conflict,
    errors.Gone,
    errors.Unprocessable,
    errors.PreconditionRequired,
    errors.TooManyRequests,
]


@pytest.mark.parametrize("family", FAMILIES)
def test_status_names_the_family(family: type[Refusal]) -> None:
    back = refusal_of(family.http_status, "A_CODE", "A sentence.", {"a": 1})

    assert type(back) is family
    assert (back.code, back.message, back.details) == (
        "A_CODE",
        "A sentence.",
        {"a": 1},
    )


def test_status_without_a_family_is_still_a_refusal() -> None:
    assert isinstance(refusal_of(418, "TEAPOT", "No."), Refusal)


def test_unknown_is_no_refusal_so_that_no_saga_turns_back_on_it() -> None:
    assert not issubclass(errors.Unknown, Refusal)
    assert not issubclass(errors.Unavailable, Refusal)


def test_details_are_the_errors_own() -> None:
    details = {"a": 1}
    error = errors.Conflict("No.", code="TAKEN", details=details)
    details["a"] = 2

    assert error.details == {"a": 1}
