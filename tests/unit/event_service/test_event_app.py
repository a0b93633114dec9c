"""The event service's application, without its database."""

from __future__ import annotations

from event_service.app import create_app
from event_service.settings import Settings

ENVIRONMENT = {
    "EVENT_DB_PASS": "a-password-of-some-length",
    "INTERNAL_SERVICE_TOKEN": "a-token-of-some-length",
    # Port 1 of this machine refuses every connection.
    "DB_PORT": "1",
}


def test_app_starts_without_its_database_and_says_that_it_is_not_ready() -> None:
    client = create_app(Settings.from_env(ENVIRONMENT)).test_client()

    assert client.get("/health/live").status_code == 200
    ready = client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.get_json()["dependencies"] == {"database": "Unavailable"}


def test_catalogue_cannot_be_told_while_the_database_is_away() -> None:
    client = create_app(Settings.from_env(ENVIRONMENT)).test_client()

    answer = client.get("/events")

    assert answer.status_code == 503
    assert answer.get_json()["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert answer.headers["Retry-After"] == "1"
