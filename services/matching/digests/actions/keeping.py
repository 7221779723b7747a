"""Keep the receivers of an organization or an office; each is asked before anything else is sent to it."""

from datetime import datetime, timedelta
from uuid import UUID

from services.matching.digests.errors import TooManyDigestRecipients
from services.matching.digests.models import DigestRecipient, address_purpose
from services.matching.digests.repository import DigestRepository
from services.matching.digests.schemas import DigestRecipientCreate, DigestRecipientUpdate, mask_email
from services.matching.inbox.models import owned_by
from shared.auth.principals import Principal
from shared.db import Session, new_id
from shared.etags import check_version
from shared.jobs import enqueue
from shared.sealing import Sealer

ASK_RECIPIENT = "ask_digest_recipient"
KEPT_AFTER_DELETION = timedelta(days=1)
FORGOTTEN_AT_ONCE = 500


async def add_digest_recipient(
    session: Session, *, command: DigestRecipientCreate, by: Principal, sealer: Sealer, most: int
) -> DigestRecipient:
    """
    Add a receiver, which is asked by e-mail whether it wants digests.

    :raises TooManyDigestRecipients: if the owner has ``most`` already
    :raises OutOfScope: if the caller's token does not say which organization or office it is
    """
    mine, recipient_id, repository = owned_by(by), new_id(), DigestRepository(session)
    if await repository.count_locked(mine["owner"]) >= most:
        raise TooManyDigestRecipients(most=most)
    recipient = DigestRecipient(
        id=recipient_id,
        email_sealed=sealer.seal(command.email.encode(), purpose=address_purpose(recipient_id)),
        email_masked=mask_email(command.email),
        frequency=command.frequency,
        quiet_from=command.quiet_from,
        quiet_until=command.quiet_until,
        confirmation=new_id(),
        **mine,
    )
    await repository.add_recipient(recipient)
    await _ask(session, recipient)
    return recipient


async def change_digest_recipient(
    session: Session, *, recipient_id: UUID, command: DigestRecipientUpdate, expected_version: int, by: Principal
) -> DigestRecipient:
    """
    Change what a receiver of the caller's own chose; one that had unsubscribed is asked again first.

    :raises DigestRecipientNotFound: if there is none
    :raises Stale: if it has changed since it was read
    """
    recipient = await DigestRepository(session).get_recipient(recipient_id, visible_to=by, for_update=True)
    check_version(recipient, expected_version)
    must_ask = recipient.change(
        frequency=command.frequency, quiet_from=command.quiet_from, quiet_until=command.quiet_until
    )
    await session.flush()
    if must_ask:
        await _ask(session, recipient)
    return recipient


async def delete_digest_recipient(session: Session, *, recipient_id: UUID, by: Principal, at: datetime) -> None:
    """
    Delete a receiver of the caller's own; its address is gone at once, and links in older messages lead nowhere.

    :raises DigestRecipientNotFound: if there is none
    """
    (await DigestRepository(session).get_recipient(recipient_id, visible_to=by, for_update=True)).forget(at=at)


async def forget_digest_recipients(session: Session, *, at: datetime) -> int:
    """Delete some receivers whose address was forgotten a day ago, and return how many."""
    return await DigestRepository(session).delete_forgotten(before=at - KEPT_AFTER_DELETION, limit=FORGOTTEN_AT_ONCE)


async def _ask(session: Session, recipient: DigestRecipient) -> None:
    payload = {"recipient_id": str(recipient.id), "confirmation": str(recipient.confirmation)}
    await enqueue(session, ASK_RECIPIENT, payload, once=f"ask {recipient.confirmation}")
