"""The thread that keeps the market in memory: it builds it when it is large, follows the feeds, and builds it anew."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime

from services.matching.candidates.actions.building import (
    WholeMarket,
    build_live_market,
    read_terms,
    read_whole_market,
    store_terms,
)
from services.matching.candidates.actions.figures import MarketFigures, Position
from services.matching.candidates.actions.live import MOST_BY_REFERENCE, LiveMarket, News
from services.matching.candidates.actions.market import read_vectors
from services.matching.candidates.actions.news import MOST_AFTER_A_BUILD, MOST_AT_ONCE, read_news
from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.errors import CandidatesNotReady
from services.matching.candidates.models import CorpusTerms
from services.matching.candidates.repository import MarketRepository, TermsRepository
from services.matching.policies.repository import PolicyRepository
from services.matching.scoring.text import TermStatistics, Vector
from services.matching.scoring.wording import read_demand_text, read_supply_text
from shared import clock
from shared.db import Database
from shared.logs import describe_failure

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.15
COUNT_SECONDS = 2.0
LONGEST_PAUSE = 5.0
PAUSE_AFTER_FAILURE = 30.0
FIRST_LOOK_SECONDS = 10.0
UNSEEN_SECONDS = 3_600.0
"""Whoever could not look for so long builds anew: the record of changes is kept for a day."""
ASKING_THREADS = 2
TEXTS_AT_ONCE = 200
MOST_WITHOUT = 5
"""While the first engine is built, the reference answers a market up to so many times the size that wants one."""


class MarketFollower:
    """
    Keeps the market in memory in a thread with its own event loop and connections; requests only ask.

    Below ``engine_from`` open demands and listed supplies together there is none, and the reference answers each
    request from the database.
    """

    def __init__(self, make_database: Callable[[], Database], scorer: Scorer, *, engine_from: int) -> None:
        self._make_database, self._scorer, self._engine_from = make_database, scorer, engine_from
        self._executor = ThreadPoolExecutor(ASKING_THREADS, thread_name_prefix="engine")
        self._thread: threading.Thread | None = None
        self._looked, self._ended = threading.Event(), threading.Event()
        self._live: LiveMarket | None = None
        self._building: asyncio.Task[LiveMarket | None] | None = None
        self._compacting: asyncio.Task[None] | None = None
        self._size = 0
        self._left_behind: LiveMarket | None = None
        self._next_build = 0.0
        self._looked_at: datetime | None = None
        self._last_look = time.monotonic()
        self._built_at: datetime | None = None
        self._build_seconds: float | None = None
        self._lag_seconds: float | None = None

    @property
    def live(self) -> LiveMarket | None:
        """
        Return the market in memory, or nothing where the reference answers from the database.

        :raises CandidatesNotReady: if the market is too large for the reference and the first engine is not yet built
        """
        if self._live is None and self._size > MOST_WITHOUT * self._engine_from:
            raise CandidatesNotReady(retry_after=10)
        return self._live

    def describe(self) -> MarketFigures:
        """Return the figures of the moment."""
        live = self._live
        told = MarketFigures(
            state="none" if self._building is None else "building", size=self._size, looked_at=self._looked_at
        )
        if live is None:
            return told
        figures, market = live.engine.describe(), live.market
        return replace(
            told,
            state="answering" if self._building is None else "rebuilding",
            demands=figures.demands,
            supplies=figures.supplies,
            added=figures.added,
            memory_bytes=figures.memory_bytes,
            as_of_position=Position.of(market.as_of, market.cursors),
            policy_version=market.policy.version,
            built_at=self._built_at,
            build_seconds=self._build_seconds,
            lag_seconds=self._lag_seconds,
        )

    async def start(self) -> None:
        """Begin to follow, and wait until the size of the market is known."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="market", daemon=True)
        self._thread.start()
        await asyncio.to_thread(self._looked.wait, FIRST_LOOK_SECONDS)

    async def close(self) -> None:
        """End the thread; an engine that is being built is abandoned."""
        self._ended.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, FIRST_LOOK_SECONDS)
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _run(self) -> None:
        database = self._make_database()
        pause = LOOK_SECONDS
        try:
            while not self._ended.is_set():
                try:
                    await self._look(database)
                    pause = LOOK_SECONDS
                except Exception as error:
                    logger.warning("the market cannot be followed", extra=describe_failure(error))
                    pause = min(max(2 * pause, 1.0), LONGEST_PAUSE)
                self._looked.set()
                rest = pause if self._live or pause > LOOK_SECONDS else self._idle_seconds()
                await asyncio.to_thread(self._ended.wait, rest)
        finally:
            for task in (self._building, self._compacting):
                if task is not None:
                    task.cancel()
            await database.close()

    def _idle_seconds(self) -> float:
        return LOOK_SECONDS if self._building or self._engine_from == 0 else COUNT_SECONDS

    async def _look(self, database: Database) -> None:
        """Take what is new, and see whether an engine has to be built."""
        if self._building is not None and self._building.done():
            building, self._building = self._building, None
            self._next_build = time.monotonic() + (PAUSE_AFTER_FAILURE if building.exception() else 0)
            try:
                built = building.result()
            finally:
                del building  # an error would hold it in this frame, and with it all that was read
            if built is not None:
                self._live, self._left_behind = built, None
        live = self._live
        if live is None:
            async with database.transaction() as session:
                self._size = await MarketRepository(session).count()
            wanted = self._size >= self._engine_from
        else:
            self._size = len(live.market.demands) + len(live.market.offers)
            wanted = not await self._follow(database, live) or await self._is_outdated(database, live)
            await self._compact(live)
        if wanted and self._building is None and time.monotonic() >= self._next_build:
            self._building = asyncio.create_task(self._build(database))
        self._looked_at, self._last_look = clock.now(), time.monotonic()

    async def _follow(self, database: Database, live: LiveMarket, *, most: int = MOST_AT_ONCE) -> bool:
        """Apply what is new, and tell whether all of it could be."""
        news = None
        if live is not self._left_behind and time.monotonic() - self._last_look < UNSEEN_SECONDS:
            async with database.transaction() as session:
                news = await read_news(session, live=live, most=most)
        if news is None:
            self._left_behind = live  # it answers at its position until another takes its place
            return False
        vectors = await self._read_vectors(database, _list_texts(news))
        await asyncio.to_thread(live.apply, news, vectors)
        if news.oldest_at is not None:
            self._lag_seconds = (clock.now() - news.oldest_at).total_seconds()
        return True

    async def _is_outdated(self, database: Database, live: LiveMarket) -> bool:
        today = clock.today()
        if live.market.as_of != today or live.is_outgrown:
            return True
        async with database.transaction() as session:
            policy = await PolicyRepository(session).get_current(today)
            terms_id = await TermsRepository(session).find_newest_id()
        return policy.version != live.market.policy.version or terms_id != live.terms_id

    async def _compact(self, live: LiveMarket) -> None:
        if self._compacting is not None and self._compacting.done():
            compacting, self._compacting = self._compacting, None
            compacting.result()
        if self._compacting is None and live.engine.wants_compaction:
            self._compacting = asyncio.create_task(asyncio.to_thread(live.engine.compact))

    async def _build(self, database: Database) -> LiveMarket | None:
        """Build a market in memory and bring it up to the moment; the one before goes on answering meanwhile."""
        started = time.monotonic()
        today: date = clock.today()
        async with database.transaction() as session:
            whole = await read_whole_market(session, today=today)
        terms = await self._agree_on_terms(database, whole)
        weights_hash = await self._scorer.read_weights_hash()
        loop = asyncio.get_running_loop()

        def read(texts: Sequence[str]) -> Mapping[str, Vector]:
            if self._ended.is_set():
                raise InterruptedError  # the process ends: nobody waits for this engine
            return asyncio.run_coroutine_threadsafe(self._read_vectors(database, texts), loop).result()

        live = await asyncio.to_thread(
            build_live_market,
            whole,
            terms,
            weights_hash=weights_hash,
            read_vectors=read,
            executor=self._executor,
            by_reference=min(MOST_BY_REFERENCE, self._engine_from),
        )
        if not await self._follow(database, live, most=MOST_AFTER_A_BUILD):
            return None  # everything was read anew meanwhile: once more
        self._build_seconds, self._built_at = time.monotonic() - started, clock.now()
        logger.info("the market is in memory", extra={"size": self._size, "seconds": round(self._build_seconds, 1)})
        return live

    async def _agree_on_terms(self, database: Database, whole: WholeMarket) -> CorpusTerms:
        """Return the terms that all replicas weigh alike, counted anew if the market has outgrown the last ones."""
        corpus = await asyncio.to_thread(lambda: whole.market.corpus)
        live = self._live
        async with database.transaction() as session:
            newest_id = await TermsRepository(session).find_newest_id()
            outgrown = live.terms_id if live is not None and live.is_outgrown else None
            terms = await read_terms(session, documents=len(corpus), outgrown=outgrown)
        if terms is None:
            counted = await asyncio.to_thread(lambda: CorpusTerms.of(TermStatistics.of(corpus)))
            async with database.transaction() as session:
                terms = await store_terms(session, terms=counted, instead_of=newest_id)
        return terms

    async def _read_vectors(self, database: Database, texts: Sequence[str]) -> dict[str, Vector]:
        """Read vectors, and encode what is new in short transactions: another replica may wait for the same texts."""
        found: dict[str, Vector] = {}
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            async with database.transaction() as session:
                found |= await read_vectors(session, texts=texts[start : start + TEXTS_AT_ONCE], scorer=self._scorer)
        return found


def _list_texts(news: News) -> list[str]:
    demands = [read_demand_text(one) for one in news.demands.values() if one is not None]
    return demands + [read_supply_text(one.supply) for one in news.offers.values() if one is not None]
