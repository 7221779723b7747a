"""All SQL about receivers of digests and what was sent to them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.matching.digests.errors import DigestRecipientNotFound
from services.matching.digests.models import Digest, DigestRecipient, DigestStatus, Frequency, period_of
from services.matching.subscriptions.models import owner_of
from shared.auth.principals import Principal
from shared.db import Session, new_id
from shared.paging import PageRequest, Slice, Sort, read_page

NOT_AUDITED = {"audit": "digests are not audited"}


class DigestRepository:
    """Receivers of one session, each owner's own, and digests, which only the platform sees."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add_recipient(self, recipient: DigestRecipient) -> DigestRecipient:
        """Store a new receiver."""
        self._session.add(recipient)
        await self._session.flush()
        return recipient

    async def count_locked(self, owner: str) -> int:
        """Count an owner's receivers, also those deleted of late; nobody else counts the same owner's meanwhile."""
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"digest recipients of {owner}", 0))
        await self._session.execute(select(lock))
        count = select(func.count()).select_from(DigestRecipient).where(DigestRecipient.owner == owner)
        return int((await self._session.execute(count)).scalar_one())

    async def get_recipient(
        self, recipient_id: UUID, *, visible_to: Principal | None, for_update: bool = False
    ) -> DigestRecipient:
        """
        Return a receiver of the caller's own, or any for the platform, locked if it will be changed.

        :raises DigestRecipientNotFound: if there is none
        """
        query = select(DigestRecipient).where(DigestRecipient.id == recipient_id, DigestRecipient.deleted_at.is_(None))
        if visible_to is not None:
            query = query.where(DigestRecipient.owner == owner_of(visible_to).key)
        if for_update:
            query = query.with_for_update().execution_options(populate_existing=True)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise DigestRecipientNotFound(pointer="path/recipient_id")
        return found

    async def list_recipients(self, *, visible_to: Principal, page: PageRequest) -> Slice[DigestRecipient]:
        """Return a page of the caller's own receivers, the newest first."""
        query = select(DigestRecipient).where(
            DigestRecipient.owner == owner_of(visible_to).key, DigestRecipient.deleted_at.is_(None)
        )
        order = [Sort(column=DigestRecipient.id, descending=True)]
        return await read_page(self._session, query, order=order, page=page)

    async def delete_forgotten(self, *, before: datetime, limit: int) -> int:
        """Delete some receivers, with their digests, that were forgotten before an instant, and return how many."""
        query = select(DigestRecipient).where(DigestRecipient.deleted_at < before).limit(limit)
        forgotten = (await self._session.execute(query)).scalars().all()
        for one in forgotten:
            await self._session.delete(one)
        await self._session.flush()
        return len(forgotten)

    async def plan_digests(self, *, today: date, at: datetime, hour: int, limit: int) -> Sequence[UUID]:
        """Store the digests of today's periods for receivers that have none and are not quiet; return their ids."""
        period = case(
            {one.value: period_of(one, today) for one in (Frequency.DAILY, Frequency.WEEKLY)},
            value=DigestRecipient.frequency,
        )
        planned = select(Digest.id).where(Digest.recipient_id == DigestRecipient.id, Digest.period == period)
        due = select(DigestRecipient.id, period.label("period")).where(
            DigestRecipient.frequency != Frequency.NONE,
            DigestRecipient.confirmed_at.is_not(None),
            _is_awake(hour),
            ~planned.exists(),
        )
        rows = (await self._session.execute(due.order_by(DigestRecipient.id).limit(limit))).all()
        values = [
            {"id": new_id(), "recipient_id": row.id, "period": row.period, "created_at": at, "attempts": 0,
             "status": DigestStatus.PENDING}
            for row in rows
        ]  # fmt: skip
        if not values:
            return []
        add = insert(Digest).values(values).on_conflict_do_nothing().returning(Digest.id)
        return (await self._session.execute(add, execution_options=NOT_AUDITED)).scalars().all()

    async def lock_digest(self, digest_id: UUID) -> tuple[Digest, DigestRecipient] | None:
        """Return a digest with its receiver, both locked, unless the receiver is gone."""
        query = select(Digest, DigestRecipient).join(DigestRecipient, Digest.recipient_id == DigestRecipient.id)
        query = query.where(Digest.id == digest_id).with_for_update().execution_options(populate_existing=True)
        row: Any = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.Digest, row.DigestRecipient)

    async def find_last_sent(self, recipient_id: UUID) -> Digest | None:
        """Return the digest that a receiver got last."""
        query = select(Digest).where(Digest.recipient_id == recipient_id, Digest.status == DigestStatus.SENT)
        return (await self._session.execute(query.order_by(Digest.counted_at.desc()).limit(1))).scalar_one_or_none()

    async def delete_digests(self, *, before: datetime, limit: int) -> int:
        """Forget some digests of before an instant and return how many."""
        old = select(Digest.id).where(Digest.created_at < before, Digest.status != DigestStatus.PENDING).limit(limit)
        forget = delete(Digest).where(Digest.id.in_(old))
        done = await self._session.execute(forget, execution_options=NOT_AUDITED)
        return int(done.rowcount)  # type: ignore[attr-defined]


def _is_awake(hour: int) -> ColumnElement[bool]:
    """Say of a receiver what ``is_quiet`` says, in SQL and the other way round."""
    begins, ends = DigestRecipient.quiet_from, DigestRecipient.quiet_until
    return or_(and_(begins <= ends, or_(hour < begins, hour >= ends)), and_(begins > ends, hour < begins, hour >= ends))
