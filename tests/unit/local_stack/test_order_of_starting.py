from __future__ import annotations

import pytest

from local_stack.catalogue import COMPONENTS
from local_stack.component import Component, Context
from local_stack.errors import StackError, UnknownName
from local_stack.launcher import levels, with_needs
from local_stack.supervisor import ProcessSpec


class Named(Component):
    def __init__(self, name: str, *needs: str) -> None:
        self.name = name
        self.needs = needs

    def spec(self, context: Context) -> ProcessSpec:
        raise NotImplementedError

    def unready_reason(self, context: Context) -> str | None:
        raise NotImplementedError


WEB = Named("web", "app")
APP = Named("app", "database", "broker")
DATABASE = Named("database")
BROKER = Named("broker", "names")
NAMES = Named("names")
ALL = [WEB, APP, DATABASE, BROKER, NAMES]


def test_a_process_brings_along_all_that_it_needs() -> None:
    assert with_needs(ALL, ["app"]) == [APP, DATABASE, BROKER, NAMES]


def test_without_names_everything_is_meant() -> None:
    assert with_needs(ALL, None) == ALL


def test_unknown_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownName, match="no process ap; there are: web, app,"):
        with_needs(ALL, ["ap"])


def test_a_process_is_in_a_later_group_than_what_it_needs() -> None:
    assert levels(ALL) == [[DATABASE, NAMES], [BROKER], [APP], [WEB]]


def test_a_part_is_ordered_without_the_rest() -> None:
    assert levels([WEB, APP]) == [[APP], [WEB]]


def test_processes_that_need_each_other_are_refused() -> None:
    with pytest.raises(StackError, match="need each other: a, b"):
        levels([Named("a", "b"), Named("b", "a")])


def test_the_catalogue_has_an_order() -> None:
    assert sum(len(level) for level in levels(COMPONENTS)) == len(COMPONENTS)
