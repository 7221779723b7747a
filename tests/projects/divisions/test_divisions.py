"""The mirrored divisions: applied in the order of versions, forgotten, and indexed once per change."""

from uuid import UUID

import pytest

from services.projects.divisions.actions import check_place, load_division_index
from services.projects.divisions.consumers import apply_divisions, forget_divisions
from services.projects.divisions.errors import DivisionTooWide, DivisionUnknown
from shared.db import Database
from shared.testing import SavepointDatabase
from tests.projects.library import COUNTY, DIVISIONS, TOWN, VILLAGE, division_event, mirror_divisions


async def test_the_index_is_built_once_and_again_after_a_change(database: SavepointDatabase) -> None:
    await mirror_divisions(database, DIVISIONS)
    async with database.transaction() as session:
        index = await load_division_index(session)
        assert await load_division_index(session) is index
        renamed = division_event(COUNTY, "昭觉新县", "513400000000", "county", 2, former_names=["昭觉县"])
        gone = division_event(
            "513499000000", "旧县", None, "county", last_valid_on="2020-01-01", successor_codes=[COUNTY]
        )
        await apply_divisions(session, [renamed, gone], False)
        following = await load_division_index(session)
        assert following is not index
        assert [match.name for match in following.find_by_name("昭觉县")] == ["昭觉新县"]
        replaced = following.find_by_code("513499000000")
        assert replaced is not None
        assert replaced.code == COUNTY
        assert [match.code for match in following.find_by_name("旧县")] == [COUNTY]


async def test_an_older_event_changes_neither_row_nor_index(database: SavepointDatabase) -> None:
    async with database.transaction() as session:
        await apply_divisions(session, [division_event(COUNTY, "新名县", None, "county", 5)], False)
        index = await load_division_index(session)
        await apply_divisions(session, [division_event(COUNTY, "旧名县", None, "county", 4)], False)
        assert await load_division_index(session) is index
        await apply_divisions(session, [division_event(COUNTY, "旧名县", None, "county", 4)], True)
        match = (await load_division_index(session)).find_by_code(COUNTY)
        assert match is not None
        assert match.name == "旧名县"


async def test_what_registry_no_longer_has_is_forgotten(database: SavepointDatabase) -> None:
    await mirror_divisions(database, DIVISIONS)
    async with database.transaction() as session:
        await forget_divisions(session, {UUID(int=int(COUNTY))})
        index = await load_division_index(session)
        assert index.find_by_code(COUNTY)
        assert index.find_by_code(TOWN) is None


async def test_without_divisions_the_index_is_empty(database: SavepointDatabase) -> None:
    async with database.transaction() as session:
        assert (await load_division_index(session)).find_by_code(COUNTY) is None


async def test_a_demand_stands_at_a_place_that_is_known(database: Database) -> None:
    await mirror_divisions(database, DIVISIONS)
    async with database.transaction() as session:
        for code in (COUNTY, TOWN, VILLAGE, "441900000000"):
            await check_place(session, division=code)
        for code in ("513400000000", "510000000000", "440000000000"):
            with pytest.raises(DivisionTooWide):
                await check_place(session, division=code)
        for code in ("513431999000", "513431999201", "100000000000"):
            with pytest.raises(DivisionUnknown):
                await check_place(session, division=code)
