"""Delete what is older than the retention period, as the owner role, and leave a signed anchor where it ended."""

from datetime import timedelta

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import clock
from shared.actors import describe_actor
from shared.audit.chain import LOCK, Head, build_anchor
from shared.audit.keys import KeyRing
from shared.audit.models import AnchorKind, AuditAnchor, AuditEntry, AuditLink, AuditPending, Effect
from shared.audit.recording import build_entry
from shared.audit.verify import verify_chain


async def trim_audit(connection: AsyncConnection, keys: KeyRing, *, keep_days: int) -> int:
    """
    Delete the beginning of the chain up to the first entry that is younger than ``keep_days``; return how many.

    The part is verified first: evidence of tampering is never trimmed away. The trimming leaves an entry of its own.

    :raises ChainBroken: if it is not in order, and nothing is deleted
    """
    await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    young = AuditEntry.at >= clock.now() - timedelta(days=keep_days)
    linked = select(func.min(AuditLink.pos)).join(AuditEntry, AuditEntry.id == AuditLink.audit_id)
    first_kept = (await connection.execute(linked.where(young))).scalar()
    newest = (await connection.execute(select(func.max(AuditLink.pos)))).scalar() or 0
    end = newest if first_kept is None else first_kept - 1
    old = select(AuditLink.audit_id).where(AuditLink.pos <= end)
    if (await connection.execute(old.limit(1))).first() is None:
        return 0
    verified = await verify_chain(connection, keys, up_to=end)
    head = Head(end, verified.head.hash)
    anchor = build_anchor(keys.current, AnchorKind.TRIMMED, head)
    await connection.execute(insert(AuditAnchor), [anchor])
    deleted = (await connection.execute(delete(AuditEntry).where(AuditEntry.id.in_(old)))).rowcount
    await connection.execute(delete(AuditLink).where(AuditLink.pos <= end))
    behind = (AuditAnchor.pos <= end, AuditAnchor.kind == AnchorKind.HEAD)
    await connection.execute(delete(AuditAnchor).where(*behind))
    entry = build_entry(
        describe_actor({}), Effect.DELETED, object_type="audit_entries", object_id=str(end), times=deleted
    )
    await connection.execute(insert(AuditEntry), [entry])
    await connection.execute(insert(AuditPending), [{"audit_id": entry["id"]}])
    return int(deleted)
