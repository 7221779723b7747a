"""Check the whole chain against the entries and anchors, and say at which position something is wrong."""

from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.audit.chain import BEGINNING, COVERED_COLUMNS, Head, link_hash, sign_anchor
from shared.audit.errors import (
    AnchorForged,
    ChainCut,
    ChainRewritten,
    EntryAltered,
    EntryDeleted,
    EntryUnchained,
    KeyUnknown,
    LinkDeleted,
    PendingDeleted,
)
from shared.audit.keys import AuditKey, KeyRing
from shared.audit.models import AnchorKind, AuditAnchor, AuditEntry, AuditLink, AuditPending

PAGE = 5_000


@dataclass(frozen=True)
class Verified:
    """What was found in order: the links behind ``begins_after`` up to ``head``; ``waiting`` are not chained yet."""

    begins_after: int
    head: Head
    waiting: int


async def verify_chain(
    connection: AsyncConnection, keys: KeyRing, *, known: Head | None = None, up_to: int | None = None
) -> Verified:
    """
    Check every link, or those up to a position; ``known`` is a head that was kept outside the database.

    Run it in one snapshot (REPEATABLE READ), for the log goes on meanwhile.

    :raises ChainBroken: one of its subclasses, for the first fault
    """
    start = await _read_beginning(connection, keys)
    if (await connection.execute(select(AuditLink.pos).where(AuditLink.pos <= start.pos).limit(1))).first():
        raise ChainRewritten(pos=start.pos)
    last = start
    while True:
        end = min(last.pos + PAGE, up_to or last.pos + PAGE)
        page = await _check_page(connection, keys, last, end, known)
        if page == last:
            break
        last = page
    if up_to is None:
        await _check_end(connection, last, known)
        await _check_unchained(connection)
    waiting = len((await connection.execute(select(AuditPending.audit_id))).all())
    return Verified(start.pos, last, waiting)


async def _read_beginning(connection: AsyncConnection, keys: KeyRing) -> Head:
    """Return where the chain begins: after the last trimming, or at its very first link."""
    anchors = select(AuditAnchor.__table__).where(AuditAnchor.kind == AnchorKind.TRIMMED)
    anchor = (await connection.execute(anchors.order_by(AuditAnchor.pos.desc()).limit(1))).first()
    if anchor is None:
        return Head(0, BEGINNING)
    head = Head(anchor.pos, anchor.hash)
    _check_signature(keys, AnchorKind.TRIMMED, head, anchor.key_id, anchor.signature)
    return head


def _find_key(keys: KeyRing, key_id: str, pos: int) -> AuditKey:
    key = keys.find(key_id)
    if key is None:
        raise KeyUnknown(pos=pos, key_id=key_id)
    return key


def _check_signature(keys: KeyRing, kind: AnchorKind, head: Head, key_id: str, signature: str) -> None:
    if sign_anchor(_find_key(keys, key_id, head.pos), kind, head) != signature:
        raise AnchorForged(pos=head.pos)


async def _check_page(connection: AsyncConnection, keys: KeyRing, last: Head, end: int, known: Head | None) -> Head:
    """Check the links behind ``last`` up to ``end`` with the anchors between them, and return the last one checked."""
    links = select(AuditLink.pos, AuditLink.audit_id, AuditLink.key_id, AuditLink.hash, *COVERED_COLUMNS)
    links = links.outerjoin(AuditEntry.__table__, AuditEntry.id == AuditLink.audit_id)
    links = links.where(AuditLink.pos > last.pos, AuditLink.pos <= end).order_by(AuditLink.pos)
    hashes: dict[int, str] = {}
    for pos, entry, key_id, stored, *values in (await connection.execute(links)).all():
        if pos != last.pos + 1:
            raise LinkDeleted(pos=last.pos + 1)
        if values[0] is None:
            raise EntryDeleted(pos=pos, entry=entry)
        if link_hash(_find_key(keys, key_id, pos), pos, last.hash, values) != stored:
            raise EntryAltered(pos=pos, entry=entry)
        last, hashes[pos] = Head(pos, stored), stored
    later = select(AuditLink.pos).where(AuditLink.pos > end).limit(1)
    if last.pos < end and (await connection.execute(later)).first():
        raise LinkDeleted(pos=last.pos + 1)
    if known and hashes.get(known.pos, known.hash) != known.hash:
        raise ChainRewritten(pos=known.pos)
    anchors = select(AuditAnchor.__table__).where(AuditAnchor.pos.between(min(hashes, default=0), last.pos))
    for anchor in (await connection.execute(anchors)).all() if hashes else ():
        _check_signature(keys, anchor.kind, Head(anchor.pos, anchor.hash), anchor.key_id, anchor.signature)
        if hashes[anchor.pos] != anchor.hash:
            raise ChainRewritten(pos=anchor.pos)
    return last


async def _check_end(connection: AsyncConnection, last: Head, known: Head | None) -> None:
    """Compare the end of the chain with the furthest position that it is known to have reached."""
    query = select(AuditAnchor.pos).order_by(AuditAnchor.pos.desc()).limit(1)
    reached = max((await connection.execute(query)).scalar() or 0, known.pos if known else 0)
    if reached > last.pos:
        raise ChainCut(pos=reached, last=last.pos)


async def _check_unchained(connection: AsyncConnection) -> None:
    """Look for entries that nobody will chain, and for waiting ones that are gone."""
    entries = select(AuditEntry.id).where(
        ~select(1).where(AuditLink.audit_id == AuditEntry.id).exists(),
        ~select(1).where(AuditPending.audit_id == AuditEntry.id).exists(),
    )
    if beside := (await connection.execute(entries.limit(1))).scalar():
        raise EntryUnchained(entry=beside)
    joined = select(AuditPending.audit_id).outerjoin(AuditEntry, and_(AuditEntry.id == AuditPending.audit_id))
    if gone := (await connection.execute(joined.where(AuditEntry.id.is_(None)).limit(1))).scalar():
        raise PendingDeleted(entry=gone)
