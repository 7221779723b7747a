"""The tables of the audit log: entries, those not yet in the chain, the chain, and the anchors that tell its length."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from shared import clock
from shared.db import Identified, Infrastructure


class Effect(StrEnum):
    """What was done to the object (操作类型)."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    READ = "read"
    NONE = "none"


class Result(StrEnum):
    """Whether it was done (结果)."""

    DONE = "done"
    REFUSED = "refused"


class AnchorKind(StrEnum):
    """``head`` = the chain had come so far; ``trimmed`` = everything up to here was deleted after its time."""

    HEAD = "head"
    TRIMMED = "trimmed"


class AuditEntry(Infrastructure, Identified):
    """
    One act on one object: who, for whom, from where, what, and with what result; no value of the object is in it.

    ``hash_before`` and ``hash_after`` are keyed hashes of the object's state: they prove a state to who has it, and
    tell nothing to who guesses. ``times`` counts alike refusals in one entry.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_subject", "subject", "id"),
        Index("ix_audit_entries_object", "object_type", "object_id", "id"),
    )

    at: Mapped[datetime] = mapped_column(index=True)
    subject: Mapped[str]
    issuer: Mapped[str | None]
    role: Mapped[str | None]
    acting_for: Mapped[str | None]
    client_address: Mapped[str | None]
    request_id: Mapped[str | None] = mapped_column(index=True)
    action: Mapped[str]
    effect: Mapped[Effect]
    object_type: Mapped[str | None]
    object_id: Mapped[str | None]
    fields: Mapped[list[str]]
    hash_before: Mapped[str | None]
    hash_after: Mapped[str | None]
    result: Mapped[Result]
    reason: Mapped[str | None]
    times: Mapped[int] = mapped_column(default=1)


class AuditPending(Infrastructure):
    """An entry that is not yet in the chain; written with it, and taken away by who appends it to the chain."""

    __tablename__ = "audit_pending"

    audit_id: Mapped[UUID] = mapped_column(primary_key=True)


class AuditLink(Infrastructure):
    """One link of the chain: its hash covers the entry, the position and the hash of the link before."""

    __tablename__ = "audit_chain"

    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audit_id: Mapped[UUID] = mapped_column(unique=True)
    key_id: Mapped[str]
    hash: Mapped[str]


class AuditAnchor(Infrastructure, Identified):
    """A signed statement about the chain at one position, so that an end or a beginning cut off is noticed."""

    __tablename__ = "audit_anchors"

    kind: Mapped[AnchorKind]
    pos: Mapped[int] = mapped_column(index=True)
    hash: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    key_id: Mapped[str]
    signature: Mapped[str]
