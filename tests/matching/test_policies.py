"""Policy versions: shipped ones are stored once and never change."""

from datetime import date

import pytest

from services.matching.candidates.actions.judging import judge_pair
from services.matching.policies.actions import read_current_policy, store_shipped_policies
from services.matching.policies.models import PolicyVersion
from services.matching.scoring.policy import load_policy
from shared.clock import AS_OF
from shared.contracts.codes import Role
from shared.testing import Call, SavepointDatabase
from tests.matching.pairing_steps import set_scene, slug
from tests.matching.policy_drafts import change_gate, make_document


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


async def test_what_was_stored_before_gates_were_data_is_told_with_those_of_its_time(
    database: SavepointDatabase, call: Call
) -> None:
    document = make_document()
    for later in ("gates", "rural_organization_levels", "groups_in_difficulty"):
        del document[later]
    document["citations"] = {"tilt": document["citations"]["tilt"], "channels": document["citations"]["tilt"]}
    async with database.transaction() as session:
        session.add(PolicyVersion(version="2099-01", valid_from=date(2099, 1, 1), document=document))
        stored = await read_current_policy(session, today=date(2099, 1, 1))
    assert (stored.read().gates, stored.document) == (load_policy().gates, document)
    told = (await call(Role.ORGANIZATION).get("/matching/v1/policies")).json()["items"][-1]["document"]
    assert told["gates"]["H_ANNUAL"]["effect"] == "holds"
    assert told["citations"] == document["citations"]


async def test_the_version_in_force_decides_what_a_gate_does_to_candidates_and_pairings(
    database: SavepointDatabase, call: Call, legal_day: date
) -> None:
    scene = await set_scene(database, call, organization={"annual_check": {"year": 2025, "result": "failed"}})
    path = f"/matching/v1/demands/{scene.demand.id}/candidates/{scene.supply.id}"
    held = (await scene.office.get(path)).json()
    assert (held["eligibility"], held["changes"][0]["otherwise"]) == ("held", "officer_release")
    message = {"zh-CN": "年检不合格。", "en": "The annual check was failed."}
    document = make_document(gates=change_gate("H_ANNUAL", effect="excludes", message=message))
    async with database.transaction() as session:
        session.add(PolicyVersion(version="2026-11", valid_from=legal_day, document=document))
    found = (await scene.office.get(path)).json()
    assert (found["eligibility"], found["changes"][0]["otherwise"]) == ("excluded", None)
    assert found["reasons"][0]["message"] == message
    refused = await scene.propose(scene.office)
    assert slug(refused) == "pair-excluded"
    assert "年检不合格。" in refused.text
    async with database.transaction() as session:
        gates = await judge_pair(session, demand_id=scene.demand.id, supply_id=scene.supply.id, today=legal_day)
        early = await judge_pair(session, demand_id=scene.demand.id, supply_id=scene.supply.id, today=date(2020, 1, 1))
    assert [one.code for one in gates.excluded] == ["H_ANNUAL"]
    assert [one.code for one in early.held] == ["H_ANNUAL"]  # without a version in force the first one judges


async def test_before_the_first_version_there_is_none(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AS_OF, "2020-01-01")
    answer = await call(Role.RURAL_OFFICER).get("/matching/v1/policies/current")
    assert (answer.status_code, answer.json()["type"]) == (404, "/matching/problems/no-policy-in-force")
    assert (await call(Role.SERVICE).get("/matching/v1/policies")).status_code == 403
