"""The contact of a demand: sealed, its offices' own, and matching's to ask for; in no other answer, feed or log."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from services.projects.contacts.models import DemandContact
from services.projects.demands.models import Demand
from services.projects.settings import Settings
from services.projects.worker import forget
from shared import clock
from shared.audit.models import AuditEntry, Effect
from shared.contracts.codes import Role
from shared.db import Database
from tests.projects.library import DEMAND, OTHER_COUNTY, Library, change, ok, path_of, problem

CONTACT = {"person": "演示联系人", "phone": "19900000042", "email": "demo-42@example.org"}


def path(demand: dict[str, Any]) -> str:
    return f"{path_of('demand', demand)}/contact"


async def test_the_office_sets_reads_replaces_and_deletes_it(library: Library) -> None:
    demand = await library.demand()
    assert problem(await library.clerk.get(path(demand)))[:2] == (404, "contact-not-found")
    answer = await library.clerk.put(path(demand), json=CONTACT)
    assert answer.headers["cache-control"] == "no-store"
    assert ok(answer).items() >= CONTACT.items()
    ok(await library.editor.put(path(demand), json={"person": "值班室", "phone": "0834-3222222"}))
    read = ok(await library.clerk.get(path(demand)))
    assert (read["person"], read["phone"], read["email"]) == ("值班室", "0834-3222222", None)
    assert (await library.clerk.delete(path(demand))).status_code == 204
    assert (await library.clerk.delete(path(demand))).status_code == 204
    assert problem(await library.clerk.get(path(demand)))[:2] == (404, "contact-not-found")


async def test_nobody_else_reads_or_sets_it_but_matching_reads(library: Library) -> None:
    demand = await library.demand()
    ok(await library.clerk.put(path(demand), json=CONTACT))
    assert ok(await library.service.get(path(demand)))["phone"] == CONTACT["phone"]
    assert (await library.service.put(path(demand), json=CONTACT)).status_code == 403
    assert problem(await library.other_county.get(path(demand)))[:2] == (403, "out-of-scope")
    assert problem(await library.other_county.put(path(demand), json=CONTACT))[:2] == (403, "out-of-scope")
    assert problem(await library.other_county.delete(path(demand)))[:2] == (403, "out-of-scope")
    for stranger in (
        library.province,
        library.organization,
        library.civil_affairs,
        library.call(Role.PARTNER_APPLICATION),
    ):
        assert problem(await stranger.get(path(demand)))[:2] == (403, "not-allowed")
    draft = await library.demand("draft")
    unseen = library.call(Role.RURAL_OFFICER, division=OTHER_COUNTY)
    assert problem(await unseen.get(path(draft)))[:2] == (404, "demand-not-found")


async def test_it_is_stored_sealed_for_its_demand_and_shown_nowhere_else(
    library: Library, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    demand, other = await library.demand(), await library.demand()
    version = demand["version"]
    ok(await library.clerk.put(path(demand), json=CONTACT))
    ok(await library.clerk.put(path(other), json=CONTACT | {"phone": "19900000043"}))
    ok(await library.clerk.get(path(demand)))
    assert ok(await library.clerk.get(path_of("demand", demand)))["version"] == version
    everything = repr([await library.events(), ok(await library.clerk.get("/projects/v1/demands"))])
    async with database.transaction() as session:
        rows = (await session.execute(select(DemandContact))).scalars().all()
        for table in ("demand_contacts", "feed_events", "idempotency_keys", "demands"):
            everything += repr((await session.execute(text(f"select t::text from {table} t"))).all())  # noqa: S608
        # A row that takes another's value does not open.
        mine = next(row for row in rows if str(row.demand_id) == demand["id"])
        foreign = next(row for row in rows if row is not mine)
        await session.execute(
            update(DemandContact).where(DemandContact.demand_id == mine.demand_id)
            .values(contact_sealed=foreign.contact_sealed)
            .execution_options(audit="a test")
        )  # fmt: skip
    assert rows[0].contact_sealed.startswith("aesgcm.")
    logged = repr([record.__dict__ for record in caplog.records])
    async with database.transaction() as session:
        about = select(AuditEntry).where(AuditEntry.object_type == "demand_contacts").order_by(AuditEntry.id)
        entries = (await session.execute(about)).scalars().all()
    assert [one.effect for one in entries if one.object_id == demand["id"]] == [Effect.CREATED, Effect.READ]
    everything += repr([one.__dict__ for one in entries])
    for value in (*CONTACT.values(), "19900000043"):
        assert value not in everything + logged
    assert (await library.clerk.get(path(demand))).status_code == 500


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"phone": "call me"}, "/phone"),
        ({"phone": None}, "/phone"),
        ({"person": ""}, "/person"),
        ({"email": "nobody"}, "/email"),
        ({"wechat": "x"}, "/wechat"),
        ({"person": "演示联系人 11010519491231002X"}, "/person"),
        ({"phone": "110105194912310011"}, "/phone"),
    ],
)
async def test_a_wrong_contact_is_refused_and_not_repeated(
    library: Library, changes: dict[str, Any], pointer: str
) -> None:
    demand = await library.demand("draft")
    refused = await library.clerk.put(path(demand), json=CONTACT | changes)
    assert problem(refused) == (422, "invalid-request", pointer)
    for value in (*CONTACT.values(), "call me", "19491231"):
        assert value not in refused.text


async def test_the_contact_of_a_closed_demand_is_not_set_any_more_and_forgotten_in_time(
    library: Library, database: Database
) -> None:
    closed, living = await library.demand(), await library.demand()
    for demand in (closed, living):
        ok(await library.clerk.put(path(demand), json=CONTACT))
    ok(await change(library.clerk, f"{path_of('demand', closed)}/withdraw", closed))
    assert problem(await library.clerk.put(path(closed), json=CONTACT))[:2] == (409, "contact-not-wanted")
    settings = Settings(database_url="unused", client_secret="unused", contact_days=30)
    await forget(database, settings)
    assert ok(await library.clerk.get(path(closed)))
    async with database.transaction() as session:
        long_ago = clock.now() - timedelta(days=31)
        await session.execute(update(Demand).values(updated_at=long_ago).execution_options(audit="a test"))
    await forget(database, settings)
    async with database.transaction() as session:
        kept = set((await session.execute(select(DemandContact.demand_id))).scalars())
    assert kept == {UUID(living["id"])}


async def test_a_refused_value_is_nowhere(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    refused = await library.clerk.post("/projects/v1/demands", json=DEMAND | {"remark": "请拨19900000077"})
    assert problem(refused)[2] == "/remark"
    assert "19900000077" not in refused.text + repr([record.__dict__ for record in caplog.records])
