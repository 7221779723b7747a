"""An old workbook sent again takes nothing back that an officer recorded since."""

from typing import Any

import pytest

from shared.testing import Call, SavepointDatabase
from tests.registry.imports.posting import agency, list_all, run_import, sheet
from tests.registry.records import PATH, SANTAI, SICHUAN, add_divisions, if_match, officer


@pytest.fixture(autouse=True)
async def places(database: SavepointDatabase) -> None:
    await add_divisions(database, SICHUAN, SANTAI)


async def bring(call: Call, database: SavepointDatabase, **cells: str) -> dict[str, Any]:
    await run_import(call, database, sheet(agency(1, **cells)), "机构.csv")
    [listed] = await list_all(call)
    read = await officer(call, SICHUAN).get(f"{PATH}/{listed['id']}")
    organization: dict[str, Any] = read.json()
    return organization


async def test_a_listing_recorded_by_hand_is_not_cleared_by_a_workbook_that_says_normal(
    call: Call, database: SavepointDatabase
) -> None:
    organization = await bring(call, database)
    assert organization["credit_status"] == "normal"
    standing = {"status": "seriously_illegal", "listed_on": "2026-11-01"}
    path = f"{PATH}/{organization['id']}/credit-standing"
    recorded = await officer(call, SICHUAN).put(path, json=standing, headers=if_match(organization))
    assert recorded.status_code == 200, recorded.text
    assert (await bring(call, database))["credit_status"] == "seriously_illegal"


async def test_an_imported_listing_is_cleared_by_a_later_workbook(call: Call, database: SavepointDatabase) -> None:
    listed = await bring(call, database, 信用状态="活动异常名录", 列入名录日期="2026-10-01")
    assert listed["credit_status"] == "abnormal"
    assert (await bring(call, database))["credit_status"] == "normal"


async def test_what_an_officer_revoked_is_not_verified_again_by_the_same_workbook(
    call: Call, database: SavepointDatabase
) -> None:
    held = {"公开募捐资格": "有", "公募资格有效期至": "2027-12-31"}
    organization = await bring(call, database, **held)
    path = f"{PATH}/{organization['id']}/qualifications"
    [qualification] = (await officer(call, SICHUAN).get(path)).json()["items"]
    revoke = f"/registry/v1/qualifications/{qualification['id']}/revoke"
    revoked = await officer(call, SICHUAN, sub="another").post(
        revoke, json={"note": "已撤销"}, headers=if_match(qualification)
    )
    assert (qualification["status"], revoked.json()["status"]) == ("verified", "revoked")
    assert [one["status"] for one in (await bring(call, database, **held))["qualifications"]] == ["revoked"]
    renewed = await bring(call, database, **held | {"公募资格有效期至": "2029-12-31"})
    assert "verified" in [one["status"] for one in renewed["qualifications"]]
