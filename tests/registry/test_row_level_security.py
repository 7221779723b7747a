"""The database itself keeps the rows of registry to their scope, with real commits."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.api_clients.models import ApiClient
from services.registry.grants.models import Grant
from services.registry.models import metadata
from services.registry.organizations.models import Organization
from services.registry.qualifications.models import Qualification
from services.registry.tokens.models import SigningKey
from shared import clock
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Database, Infrastructure
from shared.testing import Call, transaction_of
from tests.registry.clients import make_client
from tests.registry.records import MIANYANG, PATH, SANTAI, ZHAOJUE, activate, add_divisions, create, if_match, officer

AUDIT = {"audit_entries", "audit_pending", "audit_chain", "audit_anchors"}
OPEN = {"divisions", "division_designations", "reference_loads", "feed_cursors", "feed_state"} | AUDIT
TABLES = sorted({name for one in (*metadata, Infrastructure.metadata) for name in one.tables} - OPEN)
REFUSED = pytest.raises(ProgrammingError, match="row-level security")
OFFICE = Principal("office", Role.CIVIL_AFFAIRS_OFFICER, division=SANTAI)
SIBLING = Principal("sibling", Role.CIVIL_AFFAIRS_OFFICER, division=ZHAOJUE)
RURAL = Principal("rural", Role.RURAL_OFFICER, division=SANTAI)
SECURITY = Principal("security", Role.SECURITY_ADMINISTRATOR)


async def count(session: AsyncSession) -> dict[str, int]:
    found = {name: (await session.execute(text(f"select count(*) from {name}"))).scalar_one() for name in TABLES}  # noqa: S608
    return {name: number for name, number in found.items() if number}


async def run(database: Database, caller: Principal | None, statement: Any) -> Any:
    async with transaction_of(database, caller) as session:
        return await session.execute(statement, execution_options={"audit": "a test"})


@pytest.fixture
async def on_record(live_database: Database, live_call: Call) -> dict[str, UUID]:
    """Give an active and a pending organization of Santai, and everything else that registry keeps."""
    await add_divisions(live_database, SANTAI, MIANYANG, ZHAOJUE)
    keeper = officer(live_call)
    active = await activate(keeper, await create(keeper, 1))
    pending = await create(keeper, 2)
    for one in (active, pending):
        assert (await keeper.post(f"{PATH}/{one['id']}/qualifications", json={"kind": "charity"})).status_code == 201
    seen = (await keeper.get(f"{PATH}/{active['id']}")).json()
    assessed = {"grade": "3A", "last_valid_on": "2030-01-01", "source": "imported", "evidence": "川民发1号"}
    graded = await keeper.put(f"{PATH}/{active['id']}/assessment", json=assessed, headers=if_match(seen))
    assert graded.status_code == 200, graded.text
    sent = await keeper.post("/registry/v1/imports", data={"kind": "organizations"}, files={"file": ("a.csv", b"x")})
    assert sent.status_code == 202, sent.text
    client = {"client_id": "an-app", "name": "app", "role": "partner_application"}
    await make_client(live_call, client)
    grantor = {"client_id": "office", "name": "x", "role": "civil_affairs_officer", "division": SANTAI}
    await make_client(live_call, grantor)
    ends_at = (clock.now() + timedelta(days=1)).isoformat()
    grant = {"client_id": "an-app", "scopes": ["supplies.read"], "ends_at": ends_at, "purpose": "x"}
    granted = await officer(live_call, sub="office").post("/registry/v1/grants", json=grant)
    assert granted.status_code == 201, granted.text
    itself = live_call(Role.ORGANIZATION, organization_id=active["id"])
    contact = await itself.put(f"{PATH}/{active['id']}/contact", json={"person": "某某", "phone": "13800000000"})
    assert contact.status_code == 200, contact.text
    assert (await live_call(None).get("/registry/v1/jwks")).status_code == 200
    return {"active": UUID(active["id"]), "pending": UUID(pending["id"])}


async def test_without_a_scope_nothing_is_there(live_database: Database, on_record: dict[str, UUID]) -> None:
    async with live_database.transaction() as session:
        assert (await count(session)).keys() >= set(TABLES) - {"import_rows"}
    for nobody in (None, Principal("audit", Role.AUDIT_ADMINISTRATOR)):
        async with transaction_of(live_database, nobody) as session:
            assert await count(session) == {}


async def test_each_scope_sees_what_its_repositories_show_it(
    live_database: Database, on_record: dict[str, UUID]
) -> None:
    itself = Principal("itself", Role.ORGANIZATION, organization_id=on_record["pending"])
    unit = Principal("unit", Role.SUPERVISING_UNIT, organization_id=on_record["pending"])
    for caller, organizations, qualifications in (
        (OFFICE, {"active", "pending"}, 2), (SIBLING, set(), 0), (RURAL, {"active"}, 0),
        (itself, {"active", "pending"}, 1), (unit, {"active", "pending"}, 1), (SECURITY, set(), 0),
    ):  # fmt: skip
        async with transaction_of(live_database, caller) as session:
            seen = set((await session.execute(select(Organization.id))).scalars())
            assert seen == {on_record[name] for name in organizations}, caller
            number = (await session.execute(select(func.count()).select_from(Qualification))).scalar_one()
            assert number == qualifications, caller


async def test_who_sees_an_organization_sees_its_fundraiser_of_another_place(
    live_database: Database, live_call: Call, on_record: dict[str, UUID]
) -> None:
    far = await create(officer(live_call, ZHAOJUE), 3, registered_division=ZHAOJUE)
    keeper, path = officer(live_call), f"{PATH}/{on_record['active']}"
    seen = (await keeper.get(path)).json()
    chosen = await keeper.put(f"{path}/fundraiser", json={"fundraiser_id": far["id"]}, headers=if_match(seen))
    assert chosen.status_code == 200, chosen.text
    edited = await keeper.patch(path, json={"remark": "x"}, headers=if_match(chosen.json()))
    assert edited.json()["fundraiser_id"] == far["id"]
    events = (await live_call(Role.SERVICE).get("/registry/v1/feed")).json()
    assert events[-1]["data"]["fundraiser_credit_code"] == far["credit_code"]
    for caller in (OFFICE, RURAL):
        async with transaction_of(live_database, caller) as session:
            assert await session.get(Organization, UUID(far["id"])) is not None


async def test_nothing_is_written_outside_the_scope(live_database: Database, on_record: dict[str, UUID]) -> None:
    renamed = update(Organization).values(name="改名")
    assert (await run(live_database, SIBLING, renamed)).rowcount == 0
    assert (await run(live_database, RURAL, renamed)).rowcount == 0
    with REFUSED:
        await run(live_database, OFFICE, update(Organization).values(record_division=ZHAOJUE))
    columns = [column.name for column in Qualification.__table__.columns]
    foreign = {"id": "gen_random_uuid()", "organization_id": f"'{on_record['pending']}'", "status": "'rejected'"}
    values = ", ".join(foreign.get(name, name) for name in columns)
    copy = f"insert into qualifications ({', '.join(columns)}) select {values} from qualifications limit 1"  # noqa: S608
    itself = Principal("itself", Role.ORGANIZATION, organization_id=on_record["active"])
    with REFUSED:
        await run(live_database, itself, text(copy))


async def test_clients_and_keys_are_for_those_who_keep_and_prove_them(
    live_database: Database, live_call: Call, on_record: dict[str, UUID]
) -> None:
    for caller in (OFFICE, RURAL, Principal("audit", Role.AUDIT_ADMINISTRATOR)):
        async with transaction_of(live_database, caller) as session:
            assert (await session.execute(select(ApiClient))).first() is None
            assert (await session.execute(select(SigningKey))).first() is None
    key = {"kid": "x", "public_jwk": {}, "sealed_private_jwk": "x", "created_at": func.now()}
    with REFUSED:
        await run(live_database, SECURITY, insert(SigningKey).values(**key))
    names = [
        one["client_id"]
        for one in (await live_call(Role.SECURITY_ADMINISTRATOR).get("/registry/v1/api-clients")).json()["items"]
    ]
    assert names == ["an-app", "office"]
    wrong = {
        "grant_type": "client_credentials",
        "client_id": "an-app",
        "client_secret": "wrong",  # pragma: allowlist secret
    }
    assert (await live_call(None).post("/registry/v1/tokens", data=wrong)).status_code == 401


async def test_a_grant_is_there_for_its_two_parties_and_who_administers_it(
    live_database: Database, on_record: dict[str, UUID]
) -> None:
    holder, other = (Principal(name, Role.PARTNER_APPLICATION) for name in ("an-app", "other-app"))
    for caller, seen, changed in (
        (OFFICE, 1, 1), (SECURITY, 1, 1), (holder, 1, 0), (other, 0, 0), (SIBLING, 0, 0), (RURAL, 0, 0),
    ):  # fmt: skip
        async with transaction_of(live_database, caller) as session:
            assert len((await session.execute(select(Grant.id))).all()) == seen, caller
            assert (
                await session.execute(update(Grant).values(purpose="y").execution_options(audit="a test"))
            ).rowcount == changed, caller  # type: ignore[attr-defined]
