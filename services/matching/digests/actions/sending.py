"""What is sent to a receiver and what became of it; between the two no transaction is open."""

from datetime import date, datetime, timedelta
from uuid import UUID

from services.matching.digests.actions.links import DigestLinks
from services.matching.digests.actions.writing import write_digest, write_question
from services.matching.digests.errors import DigestRecipientNotFound
from services.matching.digests.models import Digest, DigestRecipient, DigestStatus, address_purpose
from services.matching.digests.repository import DigestRepository
from services.matching.inbox.repository import InboxRepository
from services.matching.inbox.schemas import InboxFilter
from services.matching.remote.notifier import Address, Notice
from shared.china.workdays import is_working_day
from shared.db import Session
from shared.paging import PageRequest

LEASE = timedelta(minutes=2)
"""Longer than a notifier takes to hand a message over, each of whose few steps ends after ten seconds."""
STILL_OPEN = timedelta(minutes=1)
"""A change may be stamped so long before its transaction commits."""
MOST_LISTED = 10


class NotNow(Exception):
    """The digest cannot be handed over at this moment: its receiver is quiet, or another worker is at it."""


async def begin_digest(
    session: Session, *, digest_id: UUID, links: DigestLinks, today: date, at: datetime
) -> Notice | None:
    """
    Take a digest to hand over and return its message; nothing if none is to be sent.

    None is sent when nothing is open, when nothing has changed since the last one, and when its day or week is over.

    :raises NotNow: while the receiver is quiet, on a day off, or while another worker may be handing it over
    """
    repository = DigestRepository(session)
    found = await repository.lock_digest(digest_id)
    if found is None or found[0].status is not DigestStatus.PENDING:
        return None
    digest, recipient = found
    if not recipient.wants(digest.period, today=today):
        digest.end(DigestStatus.LAPSED, at=at)
        return None
    if recipient.is_quiet(at) or digest.is_being_sent(at=at) or not is_working_day(today):
        raise NotNow
    inbox = InboxRepository(session, reader=recipient.reader, today=today, at=at)
    counts = await inbox.count()
    if counts.total == 0 or not await _has_news(inbox, await repository.find_last_sent(recipient.id)):
        digest.end(DigestStatus.SKIPPED, at=at)
        return None
    digest.begin(questions=counts.total, today=today, at=at, lease=LEASE)
    first = await inbox.list_page(InboxFilter(), page=PageRequest(limit=MOST_LISTED))
    subject, text = write_digest(
        counts, first.items, inbox_url=links.public_url, unsubscribe=links.unsubscribe(recipient)
    )
    return Notice(
        key=digest.key,
        to=_open_address(recipient, links),
        subject=subject,
        text=text,
        at=digest.created_at,
        unsubscribe_url=links.unsubscribe(recipient),
    )


async def end_digest(session: Session, *, digest_id: UUID, refused: bool, at: datetime) -> None:
    """Record that a digest was handed over, or refused for good."""
    found = await DigestRepository(session).lock_digest(digest_id)
    if found is not None:
        digest, recipient = found
        digest.end(DigestStatus.REFUSED if refused else DigestStatus.SENT, at=at)
        recipient.note_outcome(refused=refused)


async def put_off_digest(session: Session, *, digest_id: UUID) -> None:
    """Take a digest back that could not be handed over now."""
    found = await DigestRepository(session).lock_digest(digest_id)
    if found is not None:
        found[0].put_off()


async def write_asking(
    session: Session, *, recipient_id: UUID, confirmation: UUID, links: DigestLinks, at: datetime
) -> Notice | None:
    """Return the message that asks a receiver whether it wants digests; nothing if that is decided or out of date."""
    try:
        recipient = await DigestRepository(session).get_recipient(recipient_id, visible_to=None)
    except DigestRecipientNotFound:
        return None
    if recipient.confirmation != confirmation or recipient.confirmed_at or recipient.unsubscribed_at:
        return None
    subject, text = write_question(confirm=links.confirm(recipient), unsubscribe=links.unsubscribe(recipient))
    return Notice(
        key=f"ask.{confirmation}",
        to=_open_address(recipient, links),
        subject=subject,
        text=text,
        at=at,
        unsubscribe_url=links.unsubscribe(recipient),
    )


async def note_refused_asking(session: Session, *, recipient_id: UUID) -> None:
    """Record that the address takes no message."""
    recipient = await DigestRepository(session).get_recipient(recipient_id, visible_to=None, for_update=True)
    recipient.note_outcome(refused=True)


async def _has_news(inbox: InboxRepository, last: Digest | None) -> bool:
    if last is None or last.counted_at is None or last.counted_on is None:
        return True
    return await inbox.has_news(since=last.counted_at - STILL_OPEN, told_on=last.counted_on)


def _open_address(recipient: DigestRecipient, links: DigestLinks) -> Address:
    sealed = links.sealer.open(recipient.email_sealed or "", purpose=address_purpose(recipient.id))
    return Address(email=sealed.decode())
