"""Stored sentence vectors, so that no text is encoded twice, and the terms of the corpus, so that replicas agree."""

import hashlib
import json
import zlib
from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.scoring.text import TermStatistics
from shared import clock
from shared.db import Identified


class TextVector(Base):
    """The vector of one text under one set of weights; the text itself is not repeated here."""

    __tablename__ = "text_vectors"
    not_audited = "derived from texts"

    text_hash: Mapped[str] = mapped_column(primary_key=True)
    weights_hash: Mapped[str] = mapped_column(primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)  # 512 little-endian float32
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


def hash_text(text: str) -> str:
    """Return the name under which a text's vector is stored."""
    return hashlib.sha256(text.encode()).hexdigest()


class CorpusTerms(Base, Identified):
    """In how many open texts each term stood when it was counted; the newest row weighs the terms of every replica."""

    __tablename__ = "corpus_terms"
    not_audited = "derived from texts"

    documents: Mapped[int]
    frequencies: Mapped[bytes] = mapped_column(LargeBinary)  # zlib of a JSON object: term → texts
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @classmethod
    def of(cls, statistics: TermStatistics) -> "CorpusTerms":
        """Return a row for what was counted."""
        packed = json.dumps(statistics.frequencies, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(documents=statistics.documents, frequencies=zlib.compress(packed))

    def read(self) -> TermStatistics:
        """Return what was counted."""
        return TermStatistics(documents=self.documents, frequencies=json.loads(zlib.decompress(self.frequencies)))
