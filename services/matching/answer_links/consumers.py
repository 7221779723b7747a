"""What the job of answer links does: it brings a code to a contact, with no transaction open meanwhile."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.matching.answer_links.actions import coding
from services.matching.pairings.models import Side
from services.matching.remote.contacts import ContactClient, ContactOwnerSilent
from services.matching.remote.notifier import Address, NoticeDelayed, NoticeRefused, Notifier
from shared import clock
from shared.db import Database
from shared.jobs import RetryLater
from shared.sealing import Sealer

TRY_AGAIN = timedelta(seconds=10)


async def send_answer_code(
    database: Database, contacts: ContactClient, notifier: Notifier, sealer: Sealer, payload: dict[str, Any]
) -> None:
    """
    Send a code to the registered contact of a side; done again, it sends another code, which alone is right then.

    :raises RetryLater: if the contact's owner, or what brings the message, does not answer now
    """
    link_id, asked = UUID(payload["link_id"]), payload.get("asked")
    async with database.transaction() as session:
        wanted = await coding.find_code_wanted(session, link_id=link_id, asked=asked, at=clock.now())
    if wanted is None:
        return
    try:
        to = await _find_address(wanted, contacts)
    except ContactOwnerSilent:
        raise RetryLater(TRY_AGAIN) from None
    if not notifier.reaches(to):
        await _give_up(database, link_id)
        return
    async with database.transaction() as session:
        notice = await coding.make_code(session, link_id=link_id, asked=asked, to=to, sealer=sealer, at=clock.now())
    if notice is None:
        return
    try:
        await notifier.send(notice)
    except NoticeDelayed:
        raise RetryLater(TRY_AGAIN) from None
    except NoticeRefused:
        await _give_up(database, link_id)


async def _find_address(wanted: coding.CodeWanted, contacts: ContactClient) -> Address:
    if wanted.side is Side.SUPPLY:
        contact = await contacts.of_organization(wanted.organization_id)
    else:
        contact = await contacts.of_demand(wanted.demand_id)
    return Address(email=contact.email, phone=contact.phone) if contact else Address()


async def _give_up(database: Database, link_id: UUID) -> None:
    async with database.transaction() as session:
        await coding.note_undeliverable(session, link_id=link_id, at=clock.now())
