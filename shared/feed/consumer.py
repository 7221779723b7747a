"""Read a neighbour's feed into local read models: each page and its cursor in one transaction, and resync after 410."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shared import clock
from shared.contracts.events import CloudEvent
from shared.db import Database, Session
from shared.feed.client import CursorGone, FeedClient
from shared.feed.models import FeedCursor
from shared.http import ServiceClient
from shared.logs import describe_failure

logger = logging.getLogger(__name__)
Apply = Callable[[Session, list[CloudEvent], bool], Awaitable[None]]
"""Applies events of one type in order; the last argument says that stored versions do not count."""
Forget = Callable[[Session, set[UUID]], Awaitable[None]]
"""Deletes the rows whose ids are not in the set: the neighbour no longer has them."""
LONGEST_PAUSE = 10.0
PAGE = 1_000


async def _until(stop: asyncio.Event, work: Coroutine[None, None, object]) -> None:
    """Await some work, and abandon it when told to stop."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


class FeedConsumer:
    """Keeps local read models up with the feed of one neighbour service."""

    def __init__(
        self,
        *,
        name: str,
        database: Database,
        client: ServiceClient,
        apply: Mapping[str, Apply],
        forget: Mapping[str, Forget],
    ) -> None:
        self.name = name
        self._database = database
        self._apply, self._forget = apply, forget
        once = partial(client.send_once, "GET")
        self._feed = FeedClient(client.get, "/v1/feed", filters={"types": list(apply)}, get_once=once)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until told to stop; a neighbour or database that is away is waited for."""
        pause = 0.5
        while not stop.is_set():
            try:
                await _until(stop, self.read_once(timeout=20))
                pause = 0.5
            except asyncio.CancelledError:
                raise
            except Exception as error:
                logger.warning("the feed cannot be read", extra={"consumer": self.name, **describe_failure(error)})
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def read_once(self, *, timeout: int = 0) -> int:  # noqa: ASYNC109
        """
        Read and apply one page, and return the number of its events.

        :raises httpx.HTTPError: if the neighbour cannot be read
        """
        cursor = await self._stored_cursor()
        if cursor is None:
            return await self.resync()
        try:
            page = await self._feed.read(cursor, wait_seconds=timeout)
        except CursorGone:
            return await self.resync()
        events = [CloudEvent.model_validate(event) for event in page.events]
        async with self._database.transaction() as session:
            if not await self._advance(session, cursor, page.cursor):
                return 0  # another worker was faster
            for kind, apply in self._apply.items():
                if mine := [event for event in events if event.type == kind]:
                    await apply(session, mine, False)
        return len(events)

    async def resync(self) -> int:
        """
        Take the head cursor, apply every present aggregate, delete what the neighbour lacks, and go on from there.

        :raises httpx.HTTPError: if the neighbour cannot be read
        """
        seen = await self._stored_cursor()
        head = await self._feed.read_head()
        present = {kind: await self._read_snapshot(kind) for kind in self._apply}
        async with self._database.transaction() as session:
            row = await self._lock(session)
            if row.cursor != (seen or ""):
                return 0  # another worker was faster, and our snapshot may be older than what it has read since
            for kind, events in present.items():
                for start in range(0, len(events), PAGE):
                    await self._apply[kind](session, events[start : start + PAGE], True)
                await self._forget[kind](session, {UUID(event.subject) for event in events})
            row.cursor, row.resynced_at = head, clock.now()
        count = sum(len(events) for events in present.values())
        logger.info("resynchronised", extra={"consumer": self.name, "aggregates": count})
        return count

    async def _read_snapshot(self, kind: str) -> list[CloudEvent]:
        return [CloudEvent.model_validate(event) for event in await self._feed.read_snapshot(kind)]

    async def _stored_cursor(self) -> str | None:
        async with self._database.transaction() as session:
            query = select(FeedCursor.cursor).where(FeedCursor.consumer == self.name)
            return (await session.execute(query)).scalar_one_or_none() or None

    async def _advance(self, session: Session, seen: str, following: str) -> bool:
        query = select(FeedCursor).where(FeedCursor.consumer == self.name).with_for_update()
        row = (await session.execute(query)).scalar_one()
        if row.cursor != seen:
            return False
        row.cursor = following
        return True

    async def _lock(self, session: Session) -> FeedCursor:
        await session.execute(insert(FeedCursor).values(consumer=self.name, cursor="").on_conflict_do_nothing())
        query = select(FeedCursor).where(FeedCursor.consumer == self.name).with_for_update()
        return (await session.execute(query)).scalar_one()
