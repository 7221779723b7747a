"""The settings of the app under test, changed for one test."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI

SetSettings = Callable[..., None]


@pytest.fixture
def set_settings(app: FastAPI) -> Iterator[SetSettings]:
    original = app.state.settings

    def change(**changes: object) -> None:
        app.state.settings = original.model_copy(update=changes)

    yield change
    app.state.settings = original
