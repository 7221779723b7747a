"""Contacts of a pairing: both sides see both from talks on, nobody else does, and each reading is recorded."""

import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from services.matching.pairings.models import Pairing
from shared.audit.models import AuditEntry, Effect
from shared.contracts.codes import Answer, PairingStatus, Role
from shared.testing import Call, SavepointDatabase
from tests.fakes.contacts import FakeContacts
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene, slug

OFFICE = {"person": "演示村委会", "phone": "19900000061"}
FOUNDATION = {"person": "演示基金会", "phone": "19900000062", "email": "demo-62@example.org"}

pytestmark = pytest.mark.usefixtures("legal_day")


@pytest.fixture
def owners(app: FastAPI) -> Iterator[FakeContacts]:
    fake, before = FakeContacts(), app.state.contact_owners
    app.state.contact_owners = fake.client()
    yield fake
    app.state.contact_owners = before


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call, owners: FakeContacts) -> Scene:
    made = await set_scene(database, call)
    owners.kept |= {made.demand.id: OFFICE, made.organization.id: FOUNDATION}
    return made


async def in_talks(scene: Scene) -> str:
    pairing_id = await scene.order()
    assert (await scene.answer(scene.foundation, pairing_id, "supply", "interested")).status_code == 200
    return pairing_id


async def read(scene: Scene, by: Any, pairing_id: str) -> httpx.Response:
    answer: httpx.Response = await by.get(f"{PAIRINGS}/{pairing_id}/contacts")
    return answer


async def test_before_the_talks_nobody_is_even_asked(scene: Scene, owners: FakeContacts) -> None:
    pairing_id = await scene.order()
    for by in (scene.office, scene.foundation):
        refused = await read(scene, by, pairing_id)
        assert (refused.status_code, slug(refused)) == (409, "contacts-not-open")
    assert not owners.asked


async def test_from_talks_on_both_sides_see_both(
    scene: Scene, owners: FakeContacts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    pairing_id = await in_talks(scene)
    for by in (scene.office, scene.editor, scene.foundation):
        answer = await read(scene, by, pairing_id)
        assert answer.headers["cache-control"] == "no-store"
        found = answer.json()
        assert (found["demand"]["person"], found["supply"]["email"]) == (OFFICE["person"], FOUNDATION["email"])
    async with scene.database.transaction() as session:
        recorded = select(AuditEntry).where(AuditEntry.effect == Effect.READ).order_by(AuditEntry.id)
        readings = (await session.execute(recorded)).scalars().all()
    assert [(one.subject, one.object_type, one.object_id) for one in readings] == [
        (subject, "pairings", pairing_id) for subject in ("zhaojue-rural", "town-editor", "foundation")
    ]
    assert readings[0].fields == ["demand_contact", "supply_contact"]
    told = repr([one.__dict__ for one in (*readings, *caplog.records)])
    assert not [value for value in (*OFFICE.values(), *FOUNDATION.values()) if value in told]
    await scene.answer(scene.foundation, pairing_id, "supply", "agreed")
    await scene.answer(scene.office, pairing_id, "demand", "agreed")
    assert (await read(scene, scene.office, pairing_id)).status_code == 200


async def test_whoever_is_no_side_sees_nothing(scene: Scene, owners: FakeContacts) -> None:
    pairing_id = await in_talks(scene)
    for by in (scene.province, scene.civil_affairs, scene.call(Role.PARTNER_APPLICATION), scene.call(Role.SERVICE)):
        assert (await read(scene, by, pairing_id)).status_code == 403
    for by in (
        scene.call(Role.ORGANIZATION, organization_id=scene.demand.id),
        scene.call(Role.RURAL_OFFICER, division="510722000000"),
    ):
        assert (await read(scene, by, pairing_id)).status_code == 404
    assert not owners.asked


async def test_a_decline_closes_them_again(scene: Scene) -> None:
    pairing_id = await in_talks(scene)
    await scene.answer(scene.office, pairing_id, "demand", "declined", reason="wrong_need")
    assert slug(await read(scene, scene.foundation, pairing_id)) == "contacts-not-open"


@pytest.mark.parametrize("status", PairingStatus)
def test_they_stay_open_while_something_is_to_be_done_or_was_achieved(status: PairingStatus) -> None:
    pairing = Pairing(status=status, demand_answer=Answer.INTERESTED, supply_answer=Answer.INTERESTED)
    closed = {PairingStatus.DECLINED, PairingStatus.EXPIRED, PairingStatus.WITHDRAWN, PairingStatus.LOST_RACE,
              PairingStatus.FELL_THROUGH}  # fmt: skip
    assert pairing.shows_contacts is (status not in closed)
    pairing.supply_answer = None
    assert pairing.shows_contacts is False


async def test_what_nobody_has_set_is_absent_and_a_silent_owner_is_a_matter_of_time(
    scene: Scene, owners: FakeContacts
) -> None:
    pairing_id = await in_talks(scene)
    del owners.kept[scene.demand.id]
    found = (await read(scene, scene.foundation, pairing_id)).json()
    assert (found["demand"], found["supply"]["phone"]) == (None, FOUNDATION["phone"])
    for fault in (0, 403, 500):
        owners.fault = fault
        refused = await read(scene, scene.foundation, pairing_id)
        assert (refused.status_code, slug(refused)) == (503, "contacts-unavailable")
        assert FOUNDATION["phone"] not in refused.text


async def test_matching_keeps_no_contact(scene: Scene, database: SavepointDatabase) -> None:
    pairing_id = await in_talks(scene)
    assert (await read(scene, scene.foundation, pairing_id)).status_code == 200
    async with database.transaction() as session:
        tables = (await session.execute(text("select tablename from pg_tables where schemaname = 'public'"))).scalars()
        kept = [repr((await session.execute(text(f'select t::text from "{one}" t'))).all()) for one in tables]  # noqa: S608
    assert len(kept) > 10
    assert not [value for value in (*OFFICE.values(), *FOUNDATION.values()) if value in "".join(kept)]
