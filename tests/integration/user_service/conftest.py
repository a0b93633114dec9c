from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from builders.payments import WEBHOOK_SECRET
from builders.users import JWT_SECRET
from service_common.access import SERVICE_TOKEN_HEADER
from service_common.db import Database, DatabaseSettings, migrate
from service_common.serve import ServerSettings
from support.smu import SmuStandin, running_smu_standin
from support.stripe_standin import StripeStandin, running_stripe_standin
from user_service.app import create_app
from user_service.services.credit_service import CreditService
from user_service.services.invariant_service import InvariantService
from user_service.settings import OtpSettings, Settings, StripeSettings

SERVICE_FOLDER = Path(__file__).parents[3] / "user-service"
SERVICE_TOKEN = "token-of-the-inner-services"
BCRYPT_ROUNDS = 4
THREADS = 16

MakeDatabase = Callable[[str], DatabaseSettings]


@pytest.fixture(scope="session")
def service_folder() -> Path:
    return SERVICE_FOLDER


@pytest.fixture(scope="session")
def users_database(make_database: MakeDatabase) -> DatabaseSettings:
    settings = make_database("users_db")
    migrate(settings, SERVICE_FOLDER)
    return settings


@pytest.fixture(scope="session")
def database(users_database: DatabaseSettings) -> Iterator[Database]:
    database = Database(
        users_database, pool_size=THREADS, application_name="user-tests"
    )
    yield database
    database.dispose()


@pytest.fixture
def throwaway(make_database: MakeDatabase) -> Iterator[Database]:
    """A database of one test alone, which may leave it broken."""
    settings = make_database("users_db")
    migrate(settings, SERVICE_FOLDER)
    database = Database(settings, pool_size=THREADS, application_name="user-tests")
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def credit(database: Database) -> CreditService:
    return CreditService(database)


@pytest.fixture(scope="session")
def smu() -> Iterator[SmuStandin]:
    with running_smu_standin("key-of-the-smu-api") as standin:
        yield standin


@pytest.fixture(scope="session")
def localstripe() -> Iterator[StripeStandin]:
    with running_stripe_standin("sk_test_of-the-tests") as standin:
        yield standin


@pytest.fixture(scope="session")
def user_settings(
    users_database: DatabaseSettings, smu: SmuStandin, localstripe: StripeStandin
) -> Settings:
    return Settings(
        database=users_database,
        server=ServerSettings(host="127.0.0.1", port=5000, workers=1, threads=THREADS),
        stripe=StripeSettings(localstripe.secret_key, WEBHOOK_SECRET, localstripe.url),
        otp=OtpSettings(smu.url, smu.api_key, ttl_s=300, resend_s=30),
        service_token=SERVICE_TOKEN,
        jwt_secret=JWT_SECRET,
        totp_key=bytes(range(32)),
        bcrypt_rounds=BCRYPT_ROUNDS,
        trusted_proxies=1,
        rate_limit_scale=1000,
        log_level="INFO",
    )


@pytest.fixture(scope="session")
def app(user_settings: Settings) -> Flask:
    return create_app(user_settings)


@pytest.fixture(scope="session")
def app_url(app: Flask) -> Iterator[str]:
    """The application behind a real HTTP server, for those who call from outside."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody outside."""
    return app.test_client()


@pytest.fixture
def service(app: Flask) -> FlaskClient:
    """Another service."""
    client = app.test_client()
    header = f"HTTP_{SERVICE_TOKEN_HEADER.upper().replace('-', '_')}"
    client.environ_base[header] = SERVICE_TOKEN
    return client


@pytest.fixture
def everything_adds_up(database: Database) -> Iterator[None]:
    """After the test, every invariant of the whole database still holds."""
    yield
    broken = [each for each in InvariantService(database).judge() if not each.holds]
    assert broken == []
