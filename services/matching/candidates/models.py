"""Stored sentence vectors, so that no text is encoded twice."""

import hashlib
from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from shared import clock


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
