"""All SQL about stored sentence vectors."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.matching.candidates.models import TextVector, hash_text
from shared import clock
from shared.db import Session

ROWS = 500


class VectorRepository:
    """Vectors of one session; they are derived data without a scope."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, texts: Iterable[str], *, weights_hash: str) -> dict[str, bytes]:
        """Return the stored vectors of texts."""
        names = {hash_text(text): text for text in texts}
        query = select(TextVector.text_hash, TextVector.vector).where(
            TextVector.text_hash.in_(names), TextVector.weights_hash == weights_hash
        )
        return {names[name]: vector for name, vector in (await self._session.execute(query)).all()}

    async def add(self, vectors: Mapping[str, bytes], *, weights_hash: str) -> None:
        """Store the vectors of texts; another process may have been faster."""
        rows = [
            {"text_hash": hash_text(text), "weights_hash": weights_hash, "vector": one, "created_at": clock.now()}
            for text, one in sorted(vectors.items())
        ]
        for start in range(0, len(rows), ROWS):
            await self._session.execute(insert(TextVector).values(rows[start : start + ROWS]).on_conflict_do_nothing())
