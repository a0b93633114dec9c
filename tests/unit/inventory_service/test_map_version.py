from __future__ import annotations

from inventory_service.services.map_service import version_of


def test_map_is_settled_when_its_newest_change_is_older_than_all_that_run() -> None:
    assert version_of(100, 101) == (101, '"v101"')
    assert version_of(100, 5000) == (101, '"v101"')


def test_map_is_unsettled_while_somebody_older_than_its_newest_change_runs() -> None:
    for newest in (100, 101, 4000):
        version, etag = version_of(newest, 100)

        assert version == 100
        assert etag.startswith('"u100-')


def test_etag_of_an_unsettled_map_is_never_given_twice() -> None:
    assert version_of(100, 100)[1] != version_of(100, 100)[1]


def test_map_without_seats_is_unsettled() -> None:
    version, etag = version_of(None, 100)

    assert version == 100
    assert etag.startswith('"u100-')
