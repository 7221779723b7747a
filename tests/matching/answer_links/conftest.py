"""What makes answer links, brings their codes to a server on loopback, and follows them."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from services.matching.answer_links import consumers
from services.matching.answer_links.models import AnswerLink
from services.matching.remote.smtp import SmtpNotifier
from shared.db import Database
from shared.testing import Call, Caller, SavepointDatabase
from tests.fakes.contacts import FakeContacts
from tests.matching.mailbox import Mailbox, taking_mail
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene

FOUNDATION = {"person": "演示基金会", "phone": "19900000062", "email": "demo-62@example.org"}
VILLAGE = {"person": "演示村委会", "phone": "19900000061", "email": "demo-61@example.org"}


@dataclass
class Links:
    """What makes links, brings codes, and follows them."""

    scene: Scene
    app: FastAPI
    owners: FakeContacts
    mailbox: Mailbox
    public: Caller

    @property
    def database(self) -> Database:
        return self.scene.database

    async def make(self, pairing_id: str, side: str = "supply", by: Caller | None = None) -> str:
        """Make a link and return its path below the platform, without the page."""
        made = await (by or self.scene.office).post(f"{PAIRINGS}/{pairing_id}/answer-links", json={"side": side})
        assert made.status_code == 201, made.text
        assert made.json()["secret_link_svg"].startswith("<svg")
        return str(made.json()["secret_link"]).removeprefix("http://127.0.0.1:8000").removesuffix("/page")

    async def send_code(self, link: str) -> str:
        """Ask for a code, do the job, and return what arrived."""
        asked = await self.public.post(f"{link}/code")
        assert asked.status_code == 202, asked.text
        await self.do_the_job()
        [code] = re.findall(r"验证码:([0-9]{6}),", self.mailbox.texts()[-1])
        return str(code)

    async def do_the_job(self, **more: Any) -> None:
        notifier = SmtpNotifier(host="127.0.0.1", port=self.mailbox.port, sender="notice@x.test", security="none")
        for one in await self.kept():
            payload = {"link_id": str(one.id)} | more
            await consumers.send_answer_code(
                self.database, self.owners.client(), notifier, self.app.state.sealer, payload
            )

    async def answer(self, link: str, code: str, answer: str, **more: Any) -> httpx.Response:
        return await self.public.post(f"{link}/answer", json={"code": code, "answer": answer, **more})

    async def kept(self) -> list[AnswerLink]:
        async with self.database.transaction() as session:
            query = select(AnswerLink).order_by(AnswerLink.id).execution_options(populate_existing=True)
            return list((await session.execute(query)).scalars())

    async def let_pass(self, minutes: int) -> None:
        """Let some time pass for every link: what was stamped is as much older."""
        async with self.database.transaction() as session:
            for one in (await session.execute(select(AnswerLink))).scalars():
                for name in ("expires_at", "code_asked_at", "code_expires_at"):
                    if (value := getattr(one, name)) is not None:
                        setattr(one, name, value - timedelta(minutes=minutes))


@pytest.fixture
def mails(app: FastAPI) -> Iterator[None]:
    before = app.state.settings
    app.state.settings = before.model_copy(update={"smtp_host": "127.0.0.1"})
    yield
    app.state.settings = before


@pytest.fixture
async def links(app: FastAPI, database: SavepointDatabase, call: Call, mails: None) -> AsyncIterator[Links]:
    scene = await set_scene(database, call)
    owners = FakeContacts({scene.organization.id: FOUNDATION, scene.demand.id: VILLAGE})
    async with taking_mail() as mailbox:
        yield Links(scene, app, owners, mailbox, call(None))
