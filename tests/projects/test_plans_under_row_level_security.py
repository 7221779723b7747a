"""Row-level security takes no index from the lists of a full library: a caller's plan is the one of the owner role."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from services.projects.demands.models import Demand
from services.projects.demands.schemas import DemandCreate
from shared.auth.principals import Principal
from shared.contracts.codes import Role
from shared.db import Database
from shared.embedded_postgres import DatabaseAccess
from shared.testing import Postgres, transaction_of
from tests.projects.library import COUNTY, DEMAND

CALLER = Principal("organization", Role.ORGANIZATION, organization_id=UUID(int=1))
LIST = "select id from demands where status in ('published', 'partly_covered', 'covered')"
MANY = {
    "id": "gen_random_uuid()",
    "division": "'5134' || lpad((n % 90)::text, 2, '0') || '000000'",
    "status": "case when n % 3 = 0 then 'draft' else 'published' end",
    "fields": "array['field' || n % 400]",
    "search": "to_tsvector('simple', 'word' || n % 400)",
}


@pytest.fixture
async def full(postgres: Postgres) -> AsyncIterator[DatabaseAccess]:
    """Give a database with ten thousand demands."""
    columns = [column.name for column in Demand.__table__.columns]
    values = ", ".join(MANY.get(name, name) for name in columns)
    fill = f"insert into demands ({', '.join(columns)}) select {values} from demands, generate_series(1, 10000) n"  # noqa: S608
    async with postgres.clone("projects") as access:
        owner = create_async_engine(access.owner_dsn)
        async with AsyncSession(owner) as session:
            given = DemandCreate.model_validate(DEMAND | {"level": "county"}).model_dump()
            demand = Demand(**given, office=COUNTY, provenance={})
            demand.settle()
            session.add(demand)
            await session.flush()
            await session.execute(text(fill))
            await session.commit()
            await session.execute(text("analyze demands"))
            await session.commit()
        await owner.dispose()
        yield access


async def explain(connection: AsyncConnection | AsyncSession, query: str) -> str:
    found: Any = (await connection.execute(text(f"explain (format json) {query}"))).scalar_one()
    return json.dumps(found)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (f"{LIST} order by id desc limit 51", "pk_demands"),
        (f"{LIST} and search @@ 'word7'::tsquery", "ix_demands_search"),
        (f"{LIST} and fields @> array['field7']", "ix_demands_fields"),
        (f"{LIST} and division like '513407%'", "ix_demands_division"),
    ],
)
async def test_a_list_of_published_demands_uses_its_index(full: DatabaseAccess, query: str, index: str) -> None:
    owner = create_async_engine(full.owner_dsn)
    async with owner.connect() as connection:
        assert index in await explain(connection, query)
    await owner.dispose()
    database = Database(full.app_dsn, name="test")
    async with transaction_of(database, CALLER) as session:
        plan = await explain(session, query)
    await database.close()
    assert index in plan, plan
    assert "Seq Scan" not in plan, plan
