"""A receiver itself agrees to digests or ends them, by a link and without an account."""

from datetime import datetime
from uuid import UUID

from services.matching.digests.errors import DigestRecipientNotFound, LinkNotValid
from services.matching.digests.models import DigestRecipient
from services.matching.digests.repository import DigestRepository
from shared.db import Session, whole_platform


async def read_by_link(session: Session, *, recipient_id: UUID, confirmation: UUID | None = None) -> DigestRecipient:
    """
    Return the receiver of a link that the platform made; ``confirmation`` is the asking that it answers.

    :raises LinkNotValid: if the receiver was deleted, or has been asked anew
    """
    async with whole_platform(session):  # whoever follows the link has no account
        return await _find(session, recipient_id, confirmation)


async def confirm_digests(session: Session, *, recipient_id: UUID, confirmation: UUID, at: datetime) -> None:
    """
    Record that the receiver wants digests; doing it again changes nothing.

    :raises LinkNotValid: if the receiver was deleted, or has been asked anew
    """
    async with whole_platform(session):
        (await _find(session, recipient_id, confirmation)).confirm(at=at)


async def unsubscribe_digests(session: Session, *, recipient_id: UUID, at: datetime) -> None:
    """
    Send a receiver nothing any more; doing it again changes nothing.

    :raises LinkNotValid: if the receiver was deleted
    """
    async with whole_platform(session):
        recipient = await _find(session, recipient_id, None)
        if recipient.unsubscribed_at is None:
            recipient.unsubscribe(at=at)


async def _find(session: Session, recipient_id: UUID, confirmation: UUID | None) -> DigestRecipient:
    try:
        recipient = await DigestRepository(session).get_recipient(recipient_id, visible_to=None, for_update=True)
    except DigestRecipientNotFound:
        raise LinkNotValid(pointer="path/token") from None
    if confirmation is not None and (recipient.confirmation != confirmation or recipient.unsubscribed_at is not None):
        raise LinkNotValid(pointer="path/token")
    return recipient
