"""A platform that sends e-mail to a server on loopback, and receivers of digests."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from services.matching.digests import consumers
from services.matching.digests.actions.links import DigestLinks
from services.matching.digests.models import Digest
from services.matching.remote.notifier import Notifier
from services.matching.remote.smtp import SmtpNotifier
from shared import clock
from shared.clock import AS_OF
from shared.db import Database
from shared.testing import Call, Caller, SavepointDatabase
from tests.matching.mailbox import Mailbox, taking_mail
from tests.matching.pairing_steps import Scene, set_scene

RECIPIENTS = "/matching/v1/digest-recipients"
ADDRESS = "office@example.org"
AWAKE = {"quiet_from": 0, "quiet_until": 0}


@dataclass
class Post:
    """What sends digests, and the server that takes them."""

    database: Database
    mailbox: Mailbox
    links: DigestLinks
    notifier: Notifier
    public: Caller

    async def add(self, by: Caller, *, confirm: bool = True, **choice: Any) -> str:
        """Add a receiver, and let it agree."""
        added = await by.post(RECIPIENTS, json={"email": ADDRESS, **AWAKE, **choice})
        assert added.status_code == 201, added.text
        recipient_id = str(added.json()["id"])
        if confirm:
            await self.ask(recipient_id)
            link = find_link(self.mailbox.texts()[-1], "confirm")
            assert (await self.public.post(link)).status_code == 200
            self.mailbox.received.clear()
        return recipient_id

    async def ask(self, recipient_id: str) -> None:
        """Do the job that asks a receiver."""
        async with self.database.transaction() as session:
            recipient = await consumers.sending.DigestRepository(session).get_recipient(
                UUID(recipient_id), visible_to=None
            )
        payload = {"recipient_id": recipient_id, "confirmation": str(recipient.confirmation)}
        await consumers.ask_recipient(self.database, self.notifier, self.links, payload)

    async def run(self, notifier: Notifier | None = None) -> None:
        """Plan what is due and do every job of what is not ended."""
        await consumers.plan_digests(self.database)
        for one in await self.digests():
            if one.status == "pending":
                await consumers.send_digest(
                    self.database, notifier or self.notifier, self.links, {"digest_id": str(one.id)}
                )

    async def digests(self) -> list[Digest]:
        """Return every digest, the first planned first."""
        async with self.database.transaction() as session:
            query = select(Digest).order_by(Digest.id).execution_options(populate_existing=True)
            return list((await session.execute(query)).scalars())

    async def let_the_lease_end(self) -> None:
        """Let the time pass in which a worker may be handing a digest over."""
        async with self.database.transaction() as session:
            for one in (await session.execute(select(Digest))).scalars():
                one.sending_until = clock.now() - timedelta(seconds=1)


def find_link(text: str, purpose: str) -> str:
    """Return the path of a link in a message."""
    [link] = {word for word in text.split() if f"/{purpose}/" in word for word in [word[word.index("/matching") :]]}
    return link


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> date:
    monkeypatch.setenv(AS_OF, "2026-11-23")
    return date(2026, 11, 23)


@pytest.fixture
def mails(app: FastAPI) -> Iterator[None]:
    before = app.state.settings
    app.state.settings = before.model_copy(update={"smtp_host": "127.0.0.1", "mail_from": "notice@xiangqiao.test"})
    yield
    app.state.settings = before


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call, monday: date, mails: None) -> Scene:
    return await set_scene(database, call)


@pytest.fixture
async def post(app: FastAPI, database: SavepointDatabase, call: Call, mails: None) -> AsyncIterator[Post]:
    async with taking_mail() as mailbox:
        links = DigestLinks(app.state.settings.public_url, app.state.sealer)
        notifier = SmtpNotifier(host="127.0.0.1", port=mailbox.port, sender="notice@xiangqiao.test", security="none")
        yield Post(database, mailbox, links, notifier, call(None))
