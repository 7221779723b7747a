"""A secret in an answer is marked as shown once, and no body is read before its sender is known."""

import re

from fastapi import FastAPI
from pydantic import BaseModel

from shared.idempotency import IdempotentRoute, fields_shown_once, remember_answer
from shared.schemas import SecretShown
from tests.architecture.test_personal_data_in_bodies import FORMS, app, routes

__all__ = ["app"]
SECRET = re.compile("(^|_)(secret|password|private_key)$|^secret_link")


def test_every_secret_in_an_answer_is_shown_once(app: FastAPI) -> None:
    showing = set()
    for route in routes(app):
        model = route.response_model
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        secrets = {name for name in model.model_fields if SECRET.search(name)}
        assert secrets == fields_shown_once(model).keys(), route.path
        if secrets:
            showing.add(route.path)
            assert issubclass(model, SecretShown)
            assert isinstance(route, IdempotentRoute), route.path
            assert remember_answer in [one.call for one in route.dependant.dependencies], route.path
    expected = {"/registry": 2, "/projects": 0, "/matching": 4}
    assert len(showing) == expected[f"/{app.state.service}"]


def test_every_route_with_a_body_asks_who_calls_before_it_reads_it(app: FastAPI) -> None:
    for route in routes(app):
        if route.body_field is not None and ("POST", route.path) not in FORMS:
            assert isinstance(route, IdempotentRoute), route.path
