"""Replicas that hold the market in memory, events with their cursors, and questions at a position."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import BaseModel

from services.matching.candidates.consumers.following import MarketFollower
from services.matching.pairings.consumers import PROJECTS_EVENTS, REGISTRY_EVENTS
from shared.db import Database
from shared.feed.models import FeedCursor
from shared.testing import Caller
from tests.matching.market import make_event, make_scorer


@asynccontextmanager
async def following(database: Database) -> AsyncIterator[MarketFollower]:
    """Start a replica that finds candidates by the engine, however small the market is."""
    scorer = make_scorer()
    follower = MarketFollower(lambda: Database(database.url, name="replica", info=database.info), scorer, engine_from=0)
    await follower.start()
    await until(lambda: follower.describe().state == "answering")
    try:
        yield follower
    finally:
        await follower.close()
        scorer.close()


async def until(done: Callable[[], Any], seconds: float = 240) -> None:
    async with asyncio.timeout(seconds):
        while not done():
            await asyncio.sleep(0.02)


async def publish(database: Database, position: int, *snapshots: BaseModel) -> None:
    """Apply events and move the feeds' cursors in one transaction, as the worker does."""
    async with database.transaction() as session:
        for consumer in ("projects", "registry"):
            await session.merge(FeedCursor(consumer=consumer, cursor=f"epoch.{position}"))
        for event in map(make_event, snapshots):
            await {**REGISTRY_EVENTS, **PROJECTS_EVENTS}[event.type](session, [event], False)


async def ask(by: Caller, path: str, **params: Any) -> dict[str, Any]:
    answer = await by.get(path, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def ask_at(by: Caller, path: str, position: int, **params: Any) -> dict[str, Any]:
    """Ask until the answer is that of a position."""
    async with asyncio.timeout(30):
        while (found := await ask(by, path, **params))["as_of_position"].get("projects") != f"epoch.{position}":
            await asyncio.sleep(0.05)
    return found


def path_of(kind: str, subject: Any) -> str:
    return f"/matching/v1/{kind}/{subject.id}/candidates"
