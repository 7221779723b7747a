"""The database itself keeps the rows of matching to their scope, with real commits."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from services.matching.answer_links.models import AnswerLink
from services.matching.calendars.models import DeadlineCalendar
from services.matching.db import Base
from services.matching.digests.models import Digest, DigestRecipient, Frequency
from services.matching.inbox.models import Question, owned_by
from services.matching.models import metadata
from services.matching.pairings.models import Pairing, PairingEvent, Side
from services.matching.pairings.repository import PairingRepository
from services.matching.profiles.models import DemandProfile, SupplyProfile
from services.matching.ratings.models import Rating
from services.matching.subscriptions.models import Subscription
from shared import clock
from shared.auth.principals import Principal
from shared.contracts.codes import PairingStatus, Role
from shared.db import Database, Infrastructure, new_id
from shared.testing import Call, transaction_of
from tests.matching.market import ZHAOJUE, make_demand, make_organization, make_supply
from tests.matching.pairing_steps import Scene, set_scene

AUDIT = {"audit_entries", "audit_pending", "audit_chain", "audit_anchors"}
OPEN = {"division_profiles", "policy_versions", "text_vectors", "feed_cursors", "feed_state"} | AUDIT
TABLES = sorted({name for one in (*metadata, Infrastructure.metadata) for name in one.tables} - OPEN)
MIRRORS = {"demand_profiles", "supply_profiles", "organization_profiles"}
REFUSED = pytest.raises(ProgrammingError, match="row-level security")
OFFICE = Principal("office", Role.RURAL_OFFICER, division=ZHAOJUE)
SIBLING = Principal("sibling", Role.RURAL_OFFICER, division="513432000000")


async def count(session: AsyncSession) -> dict[str, int]:
    found = {name: (await session.execute(text(f"select count(*) from {name}"))).scalar_one() for name in TABLES}  # noqa: S608
    return {name: number for name, number in found.items() if number}


async def run(database: Database, caller: Principal | None, statement: Any) -> Any:
    async with transaction_of(database, caller) as session:
        return await session.execute(statement, execution_options={"audit": "a test"})


@pytest.fixture
async def scene(live_database: Database, live_call: Call, legal_day: date) -> Scene:
    """Give pairings of two organizations for the same demand, and a subscriber of each side."""
    other = make_organization()
    offer = make_supply(other)
    hidden = make_demand(status="submitted")
    scene = await set_scene(live_database, live_call, also=(other, offer, hidden), demand={"places": 2})
    for keeper in (scene.foundation, live_call(Role.ORGANIZATION, organization_id=other.id), scene.office):
        body = {"endpoint": "https://example.org/hook", "event_types": ["matching.pairing.*"]}
        assert (await keeper.post("/matching/v1/subscriptions", json=body)).status_code == 201
    await scene.order()
    await scene.order(supply_id=offer.id)
    async with live_database.transaction() as session:
        pairings = (await session.execute(select(Pairing))).scalars().all()
        session.add_all([rate(one.id, Side.DEMAND) for one in pairings])
        foundation = Principal("foundation", Role.ORGANIZATION, organization_id=scene.organization.id)
        for one in (*receivers(foundation), link_of(pairings[0].id)):
            session.add(one)
            await session.flush()
    return scene


def receivers(owner: Principal) -> list[Base]:
    """Return what an owner has of what is sent to it without a server: a receiver and its digest, and a calendar."""
    recipient = DigestRecipient(
        id=new_id(), email_sealed="x", email_masked="x", frequency=Frequency.DAILY, quiet_from=0, quiet_until=0,
        confirmation=new_id(), **owned_by(owner),
    )  # fmt: skip
    calendar = DeadlineCalendar(token_hash="x", **owned_by(owner))
    return [recipient, calendar, Digest(recipient_id=recipient.id, period="2026-11-23", created_at=clock.now())]


def link_of(pairing_id: UUID) -> AnswerLink:
    given = {"token_hash": "x", "created_by": "x", "expires_at": clock.now()}
    return AnswerLink(pairing_id=pairing_id, side=Side.SUPPLY, question=Question.ANSWER, **given)


def rate(pairing_id: UUID, side: Side) -> Rating:
    return Rating(pairing_id=pairing_id, side=side, stars=5, by_subject="x", by_role=Role.RURAL_OFFICER, at=clock.now())


async def test_without_a_scope_nothing_is_there(live_database: Database, scene: Scene) -> None:
    async with live_database.transaction() as session:
        everything = await count(session)
    assert everything.keys() >= set(TABLES) - {"policy_drafts", "runs", "operations", "feed_events", "corpus_terms"}
    assert everything["deliveries"] == 4  # each organization was told of its own pairing, the office of both
    for nobody in (None, Principal("security", Role.SECURITY_ADMINISTRATOR)):
        async with transaction_of(live_database, nobody) as session:
            assert await count(session) == {}


async def test_an_organization_sees_nothing_of_a_demand_s_other_pairings(live_database: Database, scene: Scene) -> None:
    foundation = Principal("foundation", Role.ORGANIZATION, organization_id=scene.organization.id)
    async with transaction_of(live_database, foundation) as session:
        pairings = (await session.execute(select(Pairing))).scalars().all()
        assert [one.organization_id for one in pairings] == [scene.organization.id]
        events = (await session.execute(select(PairingEvent.pairing_id))).scalars()
        assert set(events) == {pairings[0].id}
        assert set((await session.execute(select(Rating.pairing_id))).scalars()) == {pairings[0].id}
        # A method for the worker, which has no filter.
        assert await PairingRepository(session).list_tried(scene.demand.id) == {(scene.demand.id, scene.supply.id)}
        seen = await count(session)
    assert (seen["subscriptions"], seen["deliveries"], seen.get("push_events")) == (1, 1, None)
    assert (seen["digest_recipients"], seen["deadline_calendars"]) == (1, 1)
    assert (seen.get("digests"), seen.get("answer_links")) == (None, None)


async def test_a_sibling_county_sees_what_is_public_alone(live_database: Database, scene: Scene) -> None:
    async with transaction_of(live_database, SIBLING) as session:
        assert (await count(session)).keys() == MIRRORS
        assert set((await session.execute(select(DemandProfile.status))).scalars()) == {"published"}
    async with transaction_of(live_database, OFFICE) as session:
        seen = await count(session)
        assert (seen["pairings"], seen["subscriptions"], seen["deliveries"]) == (2, 1, 2)
        assert (seen["answer_links"], seen.get("digest_recipients")) == (1, None)
        assert set((await session.execute(select(DemandProfile.status))).scalars()) == {"published", "submitted"}


async def test_nothing_is_written_outside_the_scope(live_database: Database, scene: Scene) -> None:
    async def copy(caller: Principal, **given: str) -> None:
        columns = [column.name for column in Pairing.__table__.columns]
        changed = {"id": "gen_random_uuid()", "status": "'expired'", "opened_at": "null"} | given
        values = ", ".join(changed.get(name, name) for name in columns)
        statement = f"insert into pairings ({', '.join(columns)}) select {values} from pairings limit 1"  # noqa: S608
        await run(live_database, caller, text(statement))

    assert (await run(live_database, SIBLING, update(Pairing).values(reason="x"))).rowcount == 0
    assert (await run(live_database, SIBLING, delete(Subscription))).rowcount == 0
    assert (await run(live_database, OFFICE, delete(Pairing))).rowcount == 0
    with REFUSED:
        await run(live_database, OFFICE, update(Pairing).values(demand_division="513432000000"))
    with REFUSED:
        await copy(OFFICE, origin="'recommended'")
    with REFUSED:
        await copy(OFFICE, demand_division="'513432000000'")
    for mirrored in (DemandProfile, SupplyProfile):
        with REFUSED:
            await run(live_database, OFFICE, update(mirrored).values(title="x"))
    with REFUSED:
        await run(live_database, OFFICE, update(Subscription).values(owner=f"organization:{UUID(int=1)}"))


async def test_each_side_rates_for_itself_alone_and_only_what_is_completed(
    live_database: Database, scene: Scene
) -> None:
    foundation = Principal("foundation", Role.ORGANIZATION, organization_id=scene.organization.id)

    async def add(caller: Principal, side: Side) -> None:
        given = {"pairing_id": pairing_id, "side": side, "stars": 5, "by_subject": "x", "by_role": caller.role}
        await run(live_database, caller, insert(Rating).values(id=new_id(), at=clock.now(), **given))

    async with live_database.transaction() as session:
        mine = Pairing.organization_id == scene.organization.id
        pairing_id = (await session.execute(select(Pairing.id).where(mine))).scalar_one()
    with REFUSED:
        await add(foundation, Side.SUPPLY)
    async with live_database.transaction() as session:
        (await session.execute(select(Pairing).where(mine))).scalar_one().status = PairingStatus.COMPLETED
    for caller, side in ((foundation, Side.DEMAND), (OFFICE, Side.SUPPLY), (SIBLING, Side.DEMAND)):
        with REFUSED:
            await add(caller, side)
    await add(foundation, Side.SUPPLY)
