"""Append committed entries to the chain, in one place, so that the writers of entries never wait for each other."""

import logging
from collections.abc import Sequence
from datetime import UTC
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, text

from shared import clock
from shared.audit.keys import AuditKey
from shared.audit.models import AnchorKind, AuditAnchor, AuditEntry, AuditLink, AuditPending
from shared.db import Database, Session, new_id

logger = logging.getLogger(__name__)
LOCK = 0x58495143
"""Names the chain among a database's advisory locks."""
MOST_AT_ONCE = 2_000
BEGINNING = "0" * 64
COVERED = (
    "id", "at", "subject", "issuer", "role", "acting_for", "client_address", "request_id", "action", "effect",
    "object_type", "object_id", "fields", "hash_before", "hash_after", "result", "reason", "times",
)  # fmt: skip
"""What a link's hash covers, in this order, for ever: a column added later needs another purpose than ``link``."""
COVERED_COLUMNS = [AuditEntry.__table__.c[name] for name in COVERED]


class Head(NamedTuple):
    """How far the chain has come: the position of its last link, and that link's hash."""

    pos: int
    hash: str


def link_hash(key: AuditKey, pos: int, before: str, entry: Sequence[Any]) -> str:
    """Return the hash of a link: of its position, the hash before it, and its entry (the covered columns)."""
    identity, at, *rest = entry
    return key.sign("link", pos, before, str(identity), at.astimezone(UTC).isoformat(), *rest)


def sign_anchor(key: AuditKey, kind: AnchorKind, head: Head) -> str:
    """Return the signature of an anchor."""
    return key.sign("anchor", kind.value, head.pos, head.hash)


def build_anchor(key: AuditKey, kind: AnchorKind, head: Head) -> dict[str, Any]:
    """Return the row of an anchor."""
    return {
        "id": new_id(), "kind": kind, "pos": head.pos, "hash": head.hash, "at": clock.now(), "key_id": key.key_id,
        "signature": sign_anchor(key, kind, head),
    }  # fmt: skip


async def append_links(database: Database, key: AuditKey) -> int:
    """
    Append the committed entries that are not in the chain yet, and return how many.

    Whoever does not get the lock leaves the work to its holder. Every batch ends with an anchor and a log line that
    tells the head, so that a copy of it lies outside the database.
    """
    appended = 0
    while True:
        async with database.transaction() as session:
            batch = await _append_batch(session, key)
        appended += batch
        if batch < MOST_AT_ONCE:
            return appended


async def _append_batch(session: Session, key: AuditKey) -> int:
    if (await session.execute(select(AuditPending).limit(1))).first() is None:
        return 0
    if not (await session.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK})).scalar_one():
        return 0
    waiting = select(*COVERED_COLUMNS).join(AuditPending, AuditPending.audit_id == AuditEntry.id)
    rows = (await session.execute(waiting.order_by(AuditEntry.id).limit(MOST_AT_ONCE))).all()
    if not rows:
        return 0
    pos, last = await read_head(session)
    links = []
    for row in rows:
        pos, last = pos + 1, link_hash(key, pos + 1, last, row)
        links.append({"pos": pos, "audit_id": row.id, "key_id": key.key_id, "hash": last})
    await session.execute(insert(AuditLink), links)
    await session.execute(insert(AuditAnchor), [build_anchor(key, AnchorKind.HEAD, Head(pos, last))])
    await session.execute(delete(AuditPending).where(AuditPending.audit_id.in_([row.id for row in rows])))
    logger.info("audit chain", extra={"pos": pos, "hash": last, "key_id": key.key_id})
    return len(rows)


async def read_head(session: Session) -> Head:
    """Return the last link, or where the chain was trimmed to if nothing is left of it."""
    for table in (AuditLink, AuditAnchor):
        query = select(table.pos, table.hash).order_by(table.pos.desc()).limit(1)
        found = (await session.execute(query)).first()
        if found:
            return Head(*found)
    return Head(0, BEGINNING)
