"""Policy versions: shipped ones are stored once and never change."""

from datetime import date

import pytest

from services.matching.policies.actions import read_current_policy, store_shipped_policies
from services.matching.policies.models import PolicyVersion
from services.matching.scoring.policy import load_policy
from shared.clock import AS_OF
from shared.contracts.codes import Role
from shared.testing import Call, SavepointDatabase


async def test_the_policy_in_force_is_the_shipped_one_with_its_citations(call: Call, legal_day: date) -> None:
    current = (await call(Role.ORGANIZATION).get("/matching/v1/policies/current")).json()
    assert (current["version"], current["valid_from"]) == ("2026-01", "2026-01-01")
    assert current["document"]["citations"]["tilt"]["zh-CN"].startswith("民发")
    listed = (await call(Role.PARTNER_APPLICATION).get("/matching/v1/policies")).json()["items"]
    assert current in listed


async def test_a_stored_policy_reads_as_it_ships(database: SavepointDatabase) -> None:
    async with database.transaction() as session:
        await store_shipped_policies(session)
        await store_shipped_policies(session)
        stored = await read_current_policy(session, today=date(2026, 11, 22))
    assert stored.read() == load_policy("2026-01")


async def test_a_later_version_takes_over_on_its_first_day(database: SavepointDatabase) -> None:
    async with database.transaction() as session:
        document = (await read_current_policy(session, today=date(2026, 11, 22))).document
        session.add(
            PolicyVersion(
                version="2099-01", valid_from=date(2099, 1, 1), last_valid_on=date(2099, 1, 31), document=document
            )
        )
        days = [date(2098, 12, 31), date(2099, 1, 1), date(2099, 1, 31), date(2099, 2, 1)]
        versions = [(await read_current_policy(session, today=day)).version for day in days]
    assert versions == ["2026-01", "2099-01", "2099-01", "2026-01"]


async def test_before_the_first_version_there_is_none(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AS_OF, "2020-01-01")
    answer = await call(Role.RURAL_OFFICER).get("/matching/v1/policies/current")
    assert (answer.status_code, answer.json()["type"]) == (404, "/matching/problems/no-policy-in-force")
    assert (await call(Role.SERVICE).get("/matching/v1/policies")).status_code == 403
