"""A platform that pushes with real commits: subscribers, events, and worker loops with short intervals."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select

from services.matching.deliveries.actions import publish_pairing_event
from services.matching.deliveries.consumers.grants import LiveGrants
from services.matching.deliveries.consumers.loop import DeliveryLoop
from services.matching.deliveries.consumers.sending import WebhookSender
from services.matching.deliveries.models import Audience, Delivery
from services.matching.settings import Settings
from services.matching.subscriptions.models import Destinations
from shared import clock
from shared.contracts.codes import PairingOrigin, PairingPhase, PairingStatus, Role
from shared.contracts.matching import PairingPayload
from shared.contracts.registry import RevocationList
from shared.db import Database, Session, new_id
from shared.sealing import Sealer
from shared.settings import CommonSettings
from shared.testing import SECRET_KEY, Call, Caller
from tests.matching.deliveries.receivers import Behave, Receiver, accept, listening

VILLAGE = "513431100201"


def payload_of(pairing_id: UUID, organization_id: UUID) -> PairingPayload:
    return PairingPayload(
        pairing_id=pairing_id,
        status=PairingStatus.OPEN,
        phase=PairingPhase.PROPOSED,
        origin=PairingOrigin.RECOMMENDED,
        demand_id=new_id(),
        demand_title="苦荞深加工",
        demand_division=VILLAGE,
        supply_id=new_id(),
        supply_title="乡村产业陪伴计划",
        organization_id=organization_id,
        organization_name="川西乡村发展基金会",
    )


async def publish(
    session: Session, happened: str, *, pairing_id: UUID, organization_id: UUID, record_division: str | None = None
) -> int:
    return await publish_pairing_event(
        session,
        happened=happened,
        pairing_id=pairing_id,
        payload=payload_of(pairing_id, organization_id),
        audience=Audience(VILLAGE, organization_id, record_division),
        at=clock.now(),
    )


@dataclass
class Subscriber:
    """An organization with a receiver and a subscription."""

    organization_id: UUID
    caller: Caller
    receiver: Receiver
    subscription: dict[str, Any]

    @property
    def secret(self) -> str:
        return str(self.subscription["secret"])

    async def deliveries(self, **filters: Any) -> list[dict[str, Any]]:
        """Return its deliveries, oldest first."""
        answer = await self.caller.get("/matching/v1/deliveries", params={"limit": 200, **filters})
        assert answer.status_code == 200, answer.text
        return list(reversed(answer.json()["items"]))

    async def statuses(self) -> list[str]:
        return [delivery["status"] for delivery in await self.deliveries()]

    async def reread(self) -> dict[str, Any]:
        path = f"/matching/v1/subscriptions/{self.subscription['id']}"
        return dict((await self.caller.get(path)).json())


@dataclass
class Push:
    """The platform under test."""

    database: Database
    app: FastAPI
    call: Call
    settings: Settings
    stack: AsyncExitStack
    sealer: Sealer = field(default_factory=lambda: Sealer(SECRET_KEY))
    revoked: list[UUID] | None = field(default_factory=list)

    def set(self, **settings: Any) -> None:
        self.settings = self.settings.model_copy(update=settings)
        self.app.state.settings = self.settings

    async def subscriber(
        self,
        behave: Behave = accept,
        *,
        event_types: list[str] | None = None,
        grant: dict[str, Any] | None = None,
        **wishes: Any,
    ) -> Subscriber:
        receiver = await self.stack.enter_async_context(listening(behave))
        organization_id = new_id()
        caller = self.call(Role.ORGANIZATION, organization_id=organization_id, grant=grant)
        body = {"endpoint": receiver.url, "event_types": event_types or ["matching.pairing.*"]} | wishes
        created = await caller.post("/matching/v1/subscriptions", json=body)
        assert created.status_code == 201, created.text
        return Subscriber(organization_id, caller, receiver, created.json())

    async def publish(self, subscriber: Subscriber, *happened: str, pairing_id: UUID | None = None) -> UUID:
        """Publish events of one pairing, each in a transaction of its own."""
        pairing_id = pairing_id or new_id()
        for what in happened:
            async with self.database.transaction() as session:
                await publish(session, what, pairing_id=pairing_id, organization_id=subscriber.organization_id)
        return pairing_id

    def sender(self, **changed: Any) -> WebhookSender:
        given: dict[str, Any] = {
            "sealer": self.sealer,
            "destinations": Destinations.of(self.settings),
            "timeout_seconds": self.settings.push_timeout_seconds,
        }
        return WebhookSender(**given | changed)

    async def read_revocations(self) -> RevocationList:
        """Answer as registry does; no grant is revoked before a test says so."""
        if self.revoked is None:
            raise httpx.ConnectError("registry is away")
        return RevocationList(clients=[], secrets=[], grants=self.revoked)

    @asynccontextmanager
    async def working(self, sender: WebhookSender | None = None) -> AsyncIterator[DeliveryLoop]:
        """Run a worker's loop, and end it as a signal does."""
        sender = sender or self.sender()
        loop = DeliveryLoop(self.database, sender, self.settings, LiveGrants(self.read_revocations))
        stop = asyncio.Event()
        task = asyncio.create_task(loop.run(stop))
        try:
            yield loop
        finally:
            stop.set()
            await task
            await sender.close()

    async def all_deliveries(self) -> list[Delivery]:
        async with self.database.transaction() as session:
            return list((await session.execute(select(Delivery).order_by(Delivery.seq))).scalars())


async def eventually(reached: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait until a condition holds; it may be a coroutine function."""
    async with asyncio.timeout(seconds):
        while True:
            result = reached()
            if (await result) if asyncio.iscoroutine(result) else result:
                return
            await asyncio.sleep(0.02)


@pytest.fixture
async def push(
    live_app: FastAPI, live_database: Database, live_call: Call, common: CommonSettings
) -> AsyncIterator[Push]:
    assert common.secret_key.get_secret_value() == SECRET_KEY
    settings = Settings(
        database_url=SecretStr("unused"),
        client_secret=SecretStr("unused"),
        push_allowed_networks=[IPv4Network("127.0.0.0/8")],
        push_timeout_seconds=2.0,
        push_lease_margin_seconds=0.5,
        push_poll_seconds=0.02,
        push_retry_seconds=[0, *[0.05] * 49],
        push_breaker_failures=100,
        push_consent=False,
        push_breaker_seconds=0.1,
    )
    original = live_app.state.settings
    async with AsyncExitStack() as stack:
        push = Push(live_database, live_app, live_call, settings, stack)
        push.set()
        yield push
    live_app.state.settings = original


@pytest.fixture(scope="module")
def sealer() -> Sealer:
    return Sealer(SECRET_KEY)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as receiver:
        yield receiver
