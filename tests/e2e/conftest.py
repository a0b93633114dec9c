"""End-to-end tests know a base URL; where none is given they start a stack."""

from __future__ import annotations

import base64
import os

import pytest

from local_stack import Stack
from support.codes import CodePress
from support.market import Market
from support.shop import Shop
from support.smu import SmuStandin
from support.stripe_standin import StripeStandin
from support.watched_api import WatchedApi
from ticket_demo.api import Api


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest) -> str:
    """The gateway that BASE_URL names, else the one of a stack of our own."""
    given = os.environ.get("BASE_URL")
    if given:
        return given
    stack: Stack = request.getfixturevalue("live")
    return stack.url("gateway")


@pytest.fixture(scope="session")
def smu(request: pytest.FixtureRequest) -> SmuStandin:
    """The SMU stand-in that SMU_URL names, else the one of our own stack."""
    given = os.environ.get("SMU_URL")
    if given:
        return SmuStandin(given, os.environ.get("SMU_API_KEY", ""))
    stack: Stack = request.getfixturevalue("live")
    return SmuStandin(stack.url("smu-standin"), stack.context.secrets["SMU_API_KEY"])


@pytest.fixture(scope="session")
def stripe(request: pytest.FixtureRequest) -> StripeStandin:
    """localstripe where STRIPE_URL says, else the one of our own stack."""
    given = os.environ.get("STRIPE_URL")
    if given:
        return StripeStandin(given, os.environ["STRIPE_SECRET_KEY"])
    stack: Stack = request.getfixturevalue("live")
    key = stack.context.secrets["STRIPE_SECRET_KEY"]
    return StripeStandin(stack.url("localstripe"), key)


@pytest.fixture(scope="session")
def webhook_secret(request: pytest.FixtureRequest) -> str:
    """What Stripe signs its webhooks with."""
    given = os.environ.get("STRIPE_WEBHOOK_SECRET")
    if given:
        return given
    stack: Stack = request.getfixturevalue("live")
    return stack.context.secrets["STRIPE_WEBHOOK_SECRET"]


@pytest.fixture(scope="session")
def api(base_url: str) -> Api:
    """Every answer is held to the OpenAPI document."""
    return WatchedApi(base_url)


@pytest.fixture(scope="session")
def shop(api: Api) -> Shop:
    return Shop(api)


@pytest.fixture(scope="session")
def market(shop: Shop, smu: SmuStandin, stripe: StripeStandin) -> Market:
    return Market(shop, smu, stripe)


@pytest.fixture(scope="session")
def alice(shop: Shop) -> str:
    return shop.sign_in("alice@example.com")


@pytest.fixture(scope="session")
def bob(shop: Shop) -> str:
    return shop.sign_in("bob@example.com")


@pytest.fixture(scope="session")
def flo(shop: Shop) -> str:
    return shop.sign_in("flo@example.com")


@pytest.fixture(scope="session")
def staff(shop: Shop) -> str:
    return shop.sign_in("staff@example.com")


@pytest.fixture(scope="session")
def press(request: pytest.FixtureRequest) -> CodePress:
    """The stack's own key, to make codes that no ticket has."""
    given = os.environ.get("QR_ENCRYPTION_KEY")
    if not given:
        stack: Stack = request.getfixturevalue("live")
        given = stack.context.secrets["QR_ENCRYPTION_KEY"]
    return CodePress(base64.b64decode(given))


@pytest.fixture(scope="session")
def admin(shop: Shop) -> str:
    return shop.sign_in("admin@example.com")
