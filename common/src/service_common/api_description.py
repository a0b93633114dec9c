"""What views and fields say of themselves, for the description of the public API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from apispec import BasePlugin
from flask import Flask
from flask_smorest import Api
from marshmallow import fields

View = TypeVar("View", bound=Callable[..., Any])

# In the metadata of a field that an answer has only at times.
SOMETIMES: Mapping[str, Any] = {"x-sometimes": True}


def refuses(*answers: str) -> Callable[[View], View]:
    """Name the view's own refusals, each as status and code: `"409 EMAIL_TAKEN"`.

    What follows from its access rule, its arguments, the gateway and the house rules
    (401, 403 for a role, 400, 413, 415, 422 of a key, 500, 503) need not be named.
    """
    parsed = tuple(_parse(answer) for answer in answers)

    def mark(view: View) -> View:
        view.__dict__["refusals"] = parsed
        return view

    return mark


def refusals_of(view: Callable[..., Any]) -> tuple[tuple[int, str], ...]:
    """What the view was marked with."""
    named: tuple[tuple[int, str], ...] = getattr(view, "refusals", ())
    return named


def create_api(app: Flask) -> Api:
    """The registry of blueprints, whose specification asks our own kinds of fields.

    A schema may have a `wire_form`, too: what its fields do not say one by one.
    """
    api = Api(app, spec_kwargs={"extra_plugins": [_SchemaForms()]})
    api.ma_plugin.converter.add_attribute_function(wire_form)
    return api


def wire_form(
    _converter: object, field: fields.Field[Any], **_kwargs: object
) -> dict[str, Any]:
    """The `wire_form` of the field's class, where the field does not say otherwise."""
    form: Mapping[str, Any] = getattr(field, "wire_form", {})
    described = {
        name: value for name, value in form.items() if name not in field.metadata
    }
    if field.allow_none and "type" in described:
        described["type"] = [described["type"], "null"]
    return described


class _SchemaForms(BasePlugin):
    def schema_helper(
        self,
        name: str,  # noqa: ARG002 - apispec's signature
        definition: dict[str, Any],  # noqa: ARG002
        **kwargs: Any,
    ) -> dict[str, Any]:
        return dict(getattr(kwargs.get("schema"), "wire_form", {}))


def _parse(answer: str) -> tuple[int, str]:
    status, _, code = answer.partition(" ")
    return int(status), code
