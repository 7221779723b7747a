"""What the jobs of digests do: a transaction to read, the message with none open, a transaction to record."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.matching.digests.actions import planning, sending
from services.matching.digests.actions.links import DigestLinks
from services.matching.remote.notifier import NoticeDelayed, NoticeRefused, Notifier
from shared import clock
from shared.db import Database
from shared.jobs import RetryLater

LOOK_AGAIN = timedelta(minutes=1)
SEND_AGAIN = timedelta(minutes=5)


async def plan_digests(database: Database) -> int:
    """Plan every digest that is due, and return how many."""
    planned = 0
    while True:
        async with database.transaction() as session:
            count = await planning.plan_digests(session, today=clock.today(), at=clock.now())
        planned += count
        if count < planning.MOST_AT_ONCE:
            return planned


async def send_digest(database: Database, notifier: Notifier, links: DigestLinks, payload: dict[str, Any]) -> None:
    """
    Send one digest at least once, each time under the same Message-ID, and record it.

    Killed between the sending and the record, the job sends it once more; mail systems know it by its Message-ID.

    :raises RetryLater: if it cannot be sent now
    """
    digest_id = UUID(payload["digest_id"])
    try:
        async with database.transaction() as session:
            notice = await sending.begin_digest(
                session, digest_id=digest_id, links=links, today=clock.today(), at=clock.now()
            )
    except sending.NotNow:
        raise RetryLater(LOOK_AGAIN) from None
    if notice is None:
        return
    refused = False
    try:
        await notifier.send(notice)
    except NoticeRefused:
        refused = True
    except NoticeDelayed:
        async with database.transaction() as session:
            await sending.put_off_digest(session, digest_id=digest_id)
        raise RetryLater(SEND_AGAIN) from None
    async with database.transaction() as session:
        await sending.end_digest(session, digest_id=digest_id, refused=refused, at=clock.now())


async def ask_recipient(database: Database, notifier: Notifier, links: DigestLinks, payload: dict[str, Any]) -> None:
    """
    Ask a receiver whether it wants digests; a repeat is the same message.

    :raises RetryLater: if it cannot be sent now
    """
    recipient_id, confirmation = UUID(payload["recipient_id"]), UUID(payload["confirmation"])
    async with database.transaction() as session:
        notice = await sending.write_asking(
            session, recipient_id=recipient_id, confirmation=confirmation, links=links, at=clock.now()
        )
    if notice is None:
        return
    try:
        await notifier.send(notice)
    except NoticeDelayed:
        raise RetryLater(SEND_AGAIN) from None
    except NoticeRefused:
        async with database.transaction() as session:
            await sending.note_refused_asking(session, recipient_id=recipient_id)
