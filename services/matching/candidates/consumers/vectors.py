"""The job that encodes new texts before anybody waits for them."""

from typing import Any

from services.matching.candidates.actions import market
from services.matching.candidates.actions.scorer import Scorer
from shared import clock
from shared.db import Database

PREPARE_VECTORS = "prepare_vectors"
BATCH = 50


async def prepare_vectors(database: Database, scorer: Scorer, _payload: dict[str, Any]) -> None:
    """Encode the texts of the market that have no vector yet, fifty to a transaction; a repeat changes nothing."""
    async with database.transaction() as session:
        texts = await market.list_texts(session, today=clock.today(), scorer=scorer)
    for start in range(0, len(texts), BATCH):
        async with database.transaction() as session:
            await market.prepare_vectors(session, texts=texts[start : start + BATCH], scorer=scorer)
