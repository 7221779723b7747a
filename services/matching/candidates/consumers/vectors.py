"""The job that encodes new texts before anybody waits for them."""

from typing import Any
from uuid import UUID

from services.matching.candidates.actions import market
from services.matching.candidates.actions.scorer import Scorer
from shared import clock
from shared.db import Database

PREPARE_VECTORS = "prepare_vectors"
BATCH = 50


async def prepare_vectors(database: Database, scorer: Scorer, payload: dict[str, Any]) -> None:
    """Encode the texts of ``demands`` and ``supplies`` that have no vector yet, fifty to a transaction."""
    demand_ids, supply_ids = ([UUID(one) for one in payload.get(side, ())] for side in ("demands", "supplies"))
    async with database.transaction() as session:
        texts = await market.list_texts(session, demand_ids=demand_ids, supply_ids=supply_ids, today=clock.today())
    for start in range(0, len(texts), BATCH):
        async with database.transaction() as session:
            await market.prepare_vectors(session, texts=texts[start : start + BATCH], scorer=scorer)
