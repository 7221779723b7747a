"""What was pushed is forgotten in time, but not while its pairing may still be withdrawn."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from services.matching.deliveries.models import Delivery, DeliveryStatus, PushEvent
from services.matching.pairings.models import Pairing
from services.matching.settings import Settings
from services.matching.worker import forget
from shared import clock
from shared.contracts.codes import PairingStatus
from shared.db import Database
from shared.testing import Call
from tests.matching.deliveries.conftest import publish
from tests.matching.pairing_steps import Scene, set_scene

SETTINGS = Settings(database_url="unused", client_secret="unused", delivery_days=30)


async def listened(database: Database, call: Call) -> tuple[Scene, UUID]:
    """Return a scene whose foundation heard of a pairing long ago."""
    scene = await set_scene(database, call)
    body = {"endpoint": "https://partner.example/x", "event_types": ["matching.pairing.*"]}
    assert (await scene.foundation.post("/matching/v1/subscriptions", json=body)).status_code == 201
    pairing_id = UUID(await scene.order())
    await grow_old(database)
    return scene, pairing_id


async def grow_old(database: Database) -> None:
    long_ago = clock.now() - timedelta(days=31)
    async with database.transaction() as session:
        await session.execute(
            update(Delivery).values(created_at=long_ago, status=DeliveryStatus.DELIVERED, next_attempt_at=None)
        )
        await session.execute(update(PushEvent).values(occurred_at=long_ago))


async def count(database: Database) -> tuple[int, int]:
    async with database.transaction() as session:
        deliveries = (await session.execute(select(func.count()).select_from(Delivery))).scalar_one()
        events = (await session.execute(select(func.count()).select_from(PushEvent))).scalar_one()
        return deliveries, events


async def test_deliveries_of_a_living_pairing_stay_and_go_when_it_is_over(database: Database, call: Call) -> None:
    _scene, pairing_id = await listened(database, call)
    kept = await count(database)
    assert kept[0] > 0
    await forget(database, SETTINGS)
    assert (await count(database))[0] == kept[0]
    async with database.transaction() as session:
        over = update(Pairing).where(Pairing.id == pairing_id)
        await session.execute(over.values(status=PairingStatus.EXPIRED).execution_options(audit="a test"))
    await forget(database, SETTINGS)
    assert await count(database) == (0, 0)


async def test_what_is_young_or_still_waits_stays(database: Database, call: Call) -> None:
    scene, pairing_id = await listened(database, call)
    async with database.transaction() as session:
        await session.execute(update(Pairing).values(status=PairingStatus.EXPIRED).execution_options(audit="a test"))
        await session.execute(update(Delivery).values(status=DeliveryStatus.PENDING, next_attempt_at=clock.now()))
    waiting = await count(database)
    await forget(database, SETTINGS)
    assert (await count(database))[0] == waiting[0]
    await grow_old(database)
    async with database.transaction() as session:
        await publish(session, "expired", pairing_id=pairing_id, organization_id=scene.organization.id)
    await forget(database, SETTINGS)
    assert await count(database) == (1, 1)
