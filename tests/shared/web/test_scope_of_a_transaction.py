"""Every transaction tells PostgreSQL whose rows it may see, and leaves nothing of it on the pooled connection."""

from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.requests import Request

from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Database
from shared.embedded_postgres import DatabaseAccess

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
