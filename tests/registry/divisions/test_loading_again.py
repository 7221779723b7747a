"""A reference table that is loaded again also ends what it no longer has."""

from datetime import date

from services.registry.divisions.actions import DivisionFact, load_divisions
from services.registry.divisions.repository import DivisionRepository
from shared.contracts.codes import Role
from shared.contracts.registry import DIVISION_CHANGED
from shared.testing import Call, SavepointDatabase

TODAY = date(2026, 11, 22)
COUNTY = DivisionFact("513431000000", "昭觉县", "昭觉县", None, "county", "test")
GONE = DivisionFact("513499000000", "旧县", "旧县", None, "county", "test")
TOWN = DivisionFact("513431100000", "新城镇", "昭觉县新城镇", "513431000000", "town", "test")
OTHER_TOWN = DivisionFact("110101001000", "东华门街道", "东华门街道", None, "town", "test")


async def load(database: SavepointDatabase, *facts: DivisionFact, towns_under: str = "") -> int:
    async with database.transaction() as session:
        return await load_divisions(session, facts=facts, digest="d", today=TODAY, towns_under=towns_under)


async def last_days(database: SavepointDatabase) -> dict[str, date | None]:
    async with database.transaction() as session:
        return {code: one.last_valid_on for code, one in (await DivisionRepository(session).all_by_code()).items()}


async def test_a_division_that_left_the_table_is_out_of_force_and_is_announced(
    call: Call, database: SavepointDatabase
) -> None:
    assert await load(database, COUNTY, GONE) == 2
    assert await load(database, COUNTY) == 1
    assert await last_days(database) == {COUNTY.code: None, GONE.code: TODAY}
    feed = await call(Role.SERVICE).get("/registry/v1/feed", params={"types": DIVISION_CHANGED})
    assert (feed.json()[-1]["data"]["code"], feed.json()[-1]["data"]["last_valid_on"]) == (GONE.code, "2026-11-22")
    assert await load(database, COUNTY) == 0
    assert await load(database, COUNTY, GONE) == 1
    assert await last_days(database) == {COUNTY.code: None, GONE.code: None}


async def test_towns_outside_of_what_is_loaded_stay_as_they_are(database: SavepointDatabase) -> None:
    await load(database, COUNTY, TOWN, OTHER_TOWN)
    assert await load(database, COUNTY, towns_under="51") == 1
    assert await last_days(database) == {COUNTY.code: None, TOWN.code: TODAY, OTHER_TOWN.code: None}
