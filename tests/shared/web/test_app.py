"""The application factory: what runs while a service lives, and what it gives back at its end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI

from shared.app import build_app
from shared.auth.tokens import TokenVerifier
from shared.db import Database
from shared.errors import NotFound, Text
from shared.settings import CommonSettings
from shared.validation_texts import describe


class ClosingDatabase(Database):
    """A database that notes when it is closed."""

    closed = False

    async def close(self) -> None:
        await super().close()
        self.closed = True


@pytest.mark.parametrize("with_lifespan", [True, False])
async def test_the_database_is_closed_after_everything_else(common: CommonSettings, with_lifespan: bool) -> None:
    database = ClosingDatabase("postgresql+asyncpg://nobody@localhost/none", name="test")
    told: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        told.append("begun")
        yield
        told.append(f"ended before the database: {not database.closed}")

    app = build_app(
        service="tiny", title="tiny", description="", routers=[], common=common, database=database,
        verifier=TokenVerifier([]), permissions={}, lifespan=lifespan if with_lifespan else None,
    )  # fmt: skip
    async with app.router.lifespan_context(app):
        assert not database.closed
    assert database.closed
    assert told == (["begun", "ended before the database: True"] if with_lifespan else [])


class PlacesTaken(NotFound):
    """Only {free} places are left."""

    title = Text("仅剩 {free} 个名额", "{free} places are left of {all}")
    remedy = Text("。", ".")


def test_a_text_is_filled_from_the_facts_and_stays_whole_without_them() -> None:
    assert PlacesTaken(free=2).text("title", "zh") == "仅剩 2 个名额"
    assert PlacesTaken(free=2).text("title", "en") == "2 places are left of {all}"
    assert PlacesTaken.slug() == "places-taken"


def test_a_rule_that_pydantic_names_and_we_do_not_still_has_a_text() -> None:
    assert "API document" in describe({"type": "new_rule"}, "en")
    assert describe({"type": "less_than", "ctx": {}}, "zh") == "应小于 …。"
