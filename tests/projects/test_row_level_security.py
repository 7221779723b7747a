"""The database itself keeps the rows of projects to their scope, on reused connections and with real commits."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.demands.models import PUBLISHED_STATES, Demand
from services.projects.demands.repository import DemandRepository
from services.projects.models import metadata
from services.projects.supplies.models import Supply
from services.projects.supplies.repository import SupplyRepository
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Database, Infrastructure
from shared.testing import transaction_of
from tests.projects.library import COUNTY, OTHER_COUNTY, Library

OFFICER = Principal("rural", Role.RURAL_OFFICER, division=COUNTY)
SIBLING = Principal("sibling", Role.RURAL_OFFICER, division=OTHER_COUNTY)
CIVIL_SIBLING = Principal("civil", Role.CIVIL_AFFAIRS_OFFICER, division="620000000000")
ADMINISTRATOR = Principal("administrator", Role.SYSTEM_ADMINISTRATOR)
APPLICATION = Principal("application", Role.PARTNER_APPLICATION)
AUDIT = {"audit_entries", "audit_pending", "audit_chain", "audit_anchors"}
OPEN = {"divisions", "division_revision", "feed_cursors", "feed_state"} | AUDIT
TABLES = sorted({name for one in (*metadata, Infrastructure.metadata) for name in one.tables} - OPEN)
REFUSED = pytest.raises(ProgrammingError, match="row-level security")


async def count(session: AsyncSession) -> dict[str, int]:
    """Count what can be seen of every guarded table, and leave out where nothing is."""
    found = {name: (await session.execute(text(f"select count(*) from {name}"))).scalar_one() for name in TABLES}  # noqa: S608
    return {name: number for name, number in found.items() if number}


async def backend(session: AsyncSession) -> int:
    return int((await session.execute(select(func.pg_backend_pid()))).scalar_one())


async def run(database: Database, caller: Principal, statement: Any) -> None:
    async with transaction_of(database, caller) as session:
        await session.execute(statement, execution_options={"audit": "a test"})


async def fill(library: Library) -> tuple[UUID, UUID]:
    """Leave a draft demand and supply, a published and a listed one, a contact, a commitment, a review, an import."""
    demand, supply = await library.demand(), await library.supply()
    body = {"demand_id": demand["id"], "supply_id": supply["id"]}
    held = await library.service.put(f"/projects/v1/commitments/{UUID(int=5)}", json=body)
    assert held.status_code == 201, held.text
    contact = {"person": "某某", "phone": "13800000000"}
    known = await library.clerk.put(f"/projects/v1/demands/{demand['id']}/contact", json=contact)
    assert known.status_code == 200, known.text
    sent = await library.clerk.post("/projects/v1/imports", data={"kind": "demands"}, files={"file": ("a.csv", b"x")})
    assert sent.status_code == 202, sent.text
    return UUID((await library.demand("draft"))["id"]), UUID((await library.supply("draft"))["id"])


async def test_a_reused_connection_shows_nothing_without_a_scope(
    live_database: Database, live_library: Library
) -> None:
    await fill(live_library)
    async with live_database.transaction() as session:
        everything, one = await count(session), await backend(session)
    assert everything.keys() >= set(TABLES) - {"survey_records", "import_rows"}
    for nobody in (None, ADMINISTRATOR):
        async with transaction_of(live_database, nobody) as session:
            assert await backend(session) == one
            assert await count(session) == {}
    async with live_database.engine.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(Demand))).scalar_one() == 0


async def test_a_method_that_forgets_its_filter_finds_nothing_of_a_sibling(
    live_database: Database, live_library: Library
) -> None:
    draft, supply = await fill(live_library)
    async with transaction_of(live_database, OFFICER) as session:
        assert draft in {one.id for one in (await session.execute(select(Demand))).scalars()}
        assert await session.get(Supply, supply) is None
    async with transaction_of(live_database, SIBLING) as session:
        assert {one.status for one in (await session.execute(select(Demand))).scalars()} <= {*PUBLISHED_STATES}
        assert await session.get(Demand, draft) is None
        # A method for the feed, which has no filter.
        announced = await DemandRepository(session).list_announced_after(None, 100)
        assert [one.status for one in announced] == ["covered"]
        assert {*await count(session)} == {"demands", "supplies", "organizations"}
    async with transaction_of(live_database, CIVIL_SIBLING) as session:
        assert await session.get(Supply, supply) is None
        assert await SupplyRepository(session).kept_among([supply], Principal("p", Role.PROVINCIAL_OFFICER)) == set()
        assert {*await count(session)} == {"demands", "supplies", "organizations"}
    async with transaction_of(live_database, APPLICATION) as session:
        assert {*await count(session)} == {"demands", "supplies", "organizations"}


async def test_nothing_is_written_outside_the_scope(live_database: Database, live_library: Library) -> None:
    await fill(live_library)
    async with live_database.transaction() as session:
        before = list((await session.execute(select(Demand.id, Demand.version, Demand.title))).all())
    change = update(Demand).values(title="taken over", division=OTHER_COUNTY).execution_options(audit="a test")
    async with transaction_of(live_database, SIBLING) as session:
        assert (await session.execute(change)).rowcount == 0  # type: ignore[attr-defined]
        assert (await session.execute(text("delete from demands"))).rowcount == 0  # type: ignore[attr-defined]
    with REFUSED:
        await run(live_database, OFFICER, change)
    columns = [column.name for column in Demand.__table__.columns]
    for caller, given in ((SIBLING, {}), (OFFICER, {"division": f"'{OTHER_COUNTY}'"})):
        values = [({"id": "gen_random_uuid()"} | given).get(name, name) for name in columns]
        copy = f"insert into demands ({', '.join(columns)}) select {', '.join(values)} from demands limit 1"  # noqa: S608
        with REFUSED:
            await run(live_database, caller, text(copy))
    async with live_database.transaction() as session:
        assert list((await session.execute(select(Demand.id, Demand.version, Demand.title))).all()) == before
