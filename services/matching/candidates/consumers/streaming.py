"""Read vectors for an engine that a job builds in a thread: in short transactions, while the event loop goes on."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from threading import Event

from services.matching.candidates.actions.market import read_vectors
from services.matching.candidates.actions.scorer import Scorer
from services.matching.candidates.actions.texts import StoredVectors
from services.matching.scoring.text import Vector
from shared.db import Database

TEXTS_AT_ONCE = 200


@asynccontextmanager
async def streaming_vectors(database: Database, scorer: Scorer) -> AsyncIterator[StoredVectors]:
    """
    Yield what encodes texts in any thread but the scorer's, which encodes the ones that have no vector yet.

    At the end, and when the job is given up, whoever still reads is interrupted.
    """
    loop, ended = asyncio.get_running_loop(), Event()

    async def read_all(texts: Sequence[str]) -> dict[str, Vector]:
        found: dict[str, Vector] = {}
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            async with database.transaction() as session:
                found |= await read_vectors(session, texts=texts[start : start + TEXTS_AT_ONCE], scorer=scorer)
        return found

    def read(texts: Sequence[str]) -> Mapping[str, Vector]:
        if ended.is_set():
            raise InterruptedError
        return asyncio.run_coroutine_threadsafe(read_all(texts), loop).result()

    try:
        yield StoredVectors(await scorer.read_weights_hash(), read)
    finally:
        ended.set()
