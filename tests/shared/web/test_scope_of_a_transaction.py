"""Every transaction tells PostgreSQL whose rows it may see, and leaves nothing of it on the pooled connection."""

from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Database, whole_platform
from shared.embedded_postgres import DatabaseAccess
from shared.operations import Operation
from shared.testing import Call, transaction_of
from tests.shared.tiny_app import Thing

ORGANIZATION = UUID(int=7)
PUBLISHED = Principal("app", Role.PARTNER_APPLICATION)
SCOPE = text("select current_setting('app.scope', true)")


@pytest.mark.parametrize(
    ("principal", "scope"),
    [
        (Principal("p", Role.PROVINCIAL_OFFICER), "platform"),
        (Principal("p", Role.SERVICE), "platform"),
        (Principal("p", Role.RURAL_OFFICER, division="513431000000"), "rural:513431"),
        (Principal("p", Role.VILLAGE_EDITOR, division="513431101000"), "rural:513431101"),
        (Principal("p", Role.RURAL_OFFICER, division="100000000000"), "rural:"),
        (Principal("p", Role.RURAL_OFFICER), "public"),
        (Principal("p", Role.CIVIL_AFFAIRS_OFFICER, division="510000000000"), "civil:51"),
        (Principal("p", Role.ORGANIZATION, organization_id=ORGANIZATION), f"organization:{ORGANIZATION}"),
        (Principal("p", Role.ORGANIZATION), "public"),
        (Principal("p", Role.SUPERVISING_UNIT, organization_id=ORGANIZATION), f"unit:{ORGANIZATION}"),
        (Principal("p", Role.SUPERVISING_UNIT), "public"),
        (Principal("p", Role.PARTNER_APPLICATION), "public"),
        (Principal("p", Role.SYSTEM_ADMINISTRATOR), ""),
        (Principal("p", Role.SECURITY_ADMINISTRATOR), "security"),
        (Principal("p", Role.AUDIT_ADMINISTRATOR), ""),
    ],
)
def test_every_role_has_its_scope(principal: Principal, scope: str) -> None:
    assert principal.scope == scope


async def read_scope(database: Database, *, caller: Principal | None = None, known_late: bool = False) -> str:
    request = Request({"type": "http", "state": {} if known_late else {"principal": caller}})
    async with database.transaction(request=request) as session:
        request.state.principal = caller
        return str((await session.execute(SCOPE)).scalar_one())


async def test_a_transaction_has_the_scope_of_the_caller_who_is_known_at_its_first_statement(tiny: Database) -> None:
    assert await read_scope(tiny, caller=PUBLISHED) == "public"
    assert await read_scope(tiny, caller=PUBLISHED, known_late=True) == "public"
    assert await read_scope(tiny) == ""


async def test_a_savepoint_keeps_the_scope_and_the_pooled_connection_does_not(tiny_access: DatabaseAccess) -> None:
    database = Database(tiny_access.app_dsn, name="test", pool_size=1)
    async with database.transaction() as session, session.begin_nested():
        assert (await session.execute(SCOPE)).scalar_one() == "platform"
    async with database.engine.connect() as connection:
        # The same connection of the pool, outside any transaction of ours.
        assert not (await connection.execute(SCOPE)).scalar_one()
    assert await read_scope(database, caller=PUBLISHED) == "public"
    await database.close()


async def scope_of(session: AsyncSession) -> str:
    return str((await session.execute(SCOPE)).scalar_one())


async def test_within_a_caller_s_transaction_the_platform_looks_for_a_moment(tiny: Database) -> None:
    async with transaction_of(tiny, PUBLISHED) as session:
        async with whole_platform(session), whole_platform(session):
            assert await scope_of(session) == "platform"
        assert await scope_of(session) == "public"
    async with tiny.transaction() as session, whole_platform(session):
        assert await scope_of(session) == "platform"


async def test_what_the_caller_wrote_before_must_pass_in_the_caller_s_own_scope(tiny: Database) -> None:
    async def write_and_widen() -> None:
        async with transaction_of(tiny, PUBLISHED) as session:
            session.add(Operation(kind="test", subject="somebody else"))
            async with whole_platform(session):
                await session.execute(SCOPE)

    with pytest.raises(ProgrammingError, match="row-level security"):
        await write_and_widen()


async def test_what_the_platform_writes_is_written_before_the_scope_narrows_again(tiny: Database) -> None:
    async with transaction_of(tiny, PUBLISHED) as session:
        async with whole_platform(session):
            session.add(Operation(kind="test", subject="somebody else"))
        assert (await session.execute(select(func.count()).select_from(Operation))).scalar_one() == 0
    async with tiny.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(Operation))).scalar_one() == 1


async def test_the_scope_narrows_again_whatever_went_wrong(tiny: Database) -> None:
    async with transaction_of(tiny, PUBLISHED) as session:
        with pytest.raises(LookupError):
            async with whole_platform(session):
                raise LookupError
        assert await scope_of(session) == "public"
        with pytest.raises(DBAPIError):
            async with session.begin_nested(), whole_platform(session):
                await session.execute(text("select 1 / 0"))
        assert await scope_of(session) == "public"
        with pytest.raises(DBAPIError):
            async with session.begin_nested(), whole_platform(session):
                session.add(Thing(name=None, number=1))
        assert await scope_of(session) == "public"


async def test_a_row_that_the_database_refuses_is_a_problem(tiny_call: Call, caplog: pytest.LogCaptureFixture) -> None:
    row = "insert into operations (id, kind, subject, done, steps_done, created_at)"
    statement = f"{row} values (gen_random_uuid(), 'test', 'somebody else', false, 0, now())"
    answer = await tiny_call(None).post("/tiny/v1/tables", json={"statement": statement})
    assert (answer.status_code, answer.json()["type"]) == (403, "/tiny/problems/row-out-of-scope")
    assert "refused by row-level security" in caplog.text
    assert "somebody else" not in answer.text + caplog.text
