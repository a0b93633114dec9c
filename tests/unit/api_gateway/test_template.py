from __future__ import annotations

import subprocess
from collections.abc import Mapping

import pytest

from gateway_config import GatewayConfigError
from gateway_config.template import substitute
from support.gateway_description import ROOT, TEMPLATE, VALUES


def test_variable_is_filled_in() -> None:
    assert substitute('url: "${A_URL}"', {"A_URL": "http://a:1"}) == 'url: "http://a:1"'


def test_limit_is_multiplied() -> None:
    assert substitute("minute: ${60 * SCALE}", {"SCALE": "5"}) == "minute: 300"


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(GatewayConfigError) as refused:
        substitute("${ONE} ${TWO} ${3 * THREE} ${ONE}", {"TWO": ""})

    assert str(refused.value) == "ONE is missing; TWO is missing; THREE is missing"


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", "a\x7fb"])
def test_value_that_would_end_its_quotes_is_refused(value: str) -> None:
    with pytest.raises(GatewayConfigError, match="A has a quote"):
        substitute('"${A}"', {"A": value})


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "01"])
def test_factor_that_is_no_whole_number_is_refused(value: str) -> None:
    with pytest.raises(GatewayConfigError, match="A is not a whole number"):
        substitute("${60 * A}", {"A": value})


def test_placeholder_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(GatewayConfigError, match="line 2 has a placeholder"):
        substitute("fine\n${lower_case}", {})


def render_with_shell(values: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    gateway = ROOT / "api-gateway"
    return subprocess.run(
        [gateway / "render.sh", gateway / "kong.yml"],
        env={"PATH": "/usr/bin:/bin", **values},
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )


def test_container_renders_the_same_text() -> None:
    values = VALUES | {"RATE_LIMIT_SCALE": "1000"}

    result = render_with_shell(values)

    assert result.stderr == ""
    assert result.stdout == substitute(TEMPLATE, values)


@pytest.mark.parametrize(
    "unfit",
    [
        {"JWT_SECRET": "", "USER_SERVICE_ADDRESS": ""},
        {"JWT_SECRET": 'a"b', "RATE_LIMIT_SCALE": "1.5"},
        {"JWT_SECRET": "a\\b", "EVENT_SERVICE_ADDRESS": "a\nb"},
        {"RATE_LIMIT_SCALE": "0"},
    ],
)
def test_container_refuses_the_same_values_in_the_same_words(
    unfit: dict[str, str],
) -> None:
    with pytest.raises(GatewayConfigError) as refused:
        substitute(TEMPLATE, VALUES | unfit)

    result = render_with_shell(VALUES | unfit)

    assert result.returncode != 0
    assert result.stdout == ""
    assert str(refused.value) in result.stderr
