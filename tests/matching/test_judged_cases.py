"""Judged pairs from answers: what the sides said comes out as a file that the evaluation reads and counts."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.matching.evaluation.cases import CaseFile, read_cases
from services.matching.evaluation.counties import Counties
from services.matching.evaluation.evaluate import evaluate_cases
from services.matching.scoring.policy import load_policy
from shared.testing import Call, Caller, SavepointDatabase
from tests.matching.market import FakeEncoder, announce, change, make_demand, make_organization, make_supply
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene

pytestmark = pytest.mark.usefixtures("legal_day")
CASES = "/matching/v1/judged-cases"


async def offer(scene: Scene, **changes: Any) -> str:
    """Let the county order another supply of the foundation; ordering is its interest."""
    supply = make_supply(scene.organization, **changes)
    await announce(scene.database, supply)
    return await scene.order(supply_id=supply.id)


async def complete(scene: Scene, pairing_id: str, *, stars: int) -> None:
    await scene.agree(pairing_id)
    await scene.confirm(pairing_id)
    for step in ("start", "complete"):
        assert (await scene.report(scene.foundation, pairing_id, step)).status_code == 200
    rated = await scene.office.post(f"{PAIRINGS}/{pairing_id}/ratings", json={"stars": stars, "note": "自己的话"})
    assert rated.status_code == 201


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    """Let a demand's sides say all that they can of six supplies, and of another demand nothing."""
    scene = await set_scene(database, call, demand={"places": 9}, supply={"title": "乡村学校图书"})
    await complete(scene, await scene.order(), stars=5)
    await complete(scene, await offer(scene, title="少量图书"), stars=1)
    for side, by, reason in (
        ("demand", scene.office, "wrong_need"),
        ("demand", scene.office, "budget"),
        ("supply", scene.foundation, "no_capacity"),
        ("supply", scene.foundation, "other"),
    ):
        pairing_id = await offer(scene, title=f"展销会 {reason}", description="展销", available_fen=0)
        assert (await scene.answer(by, pairing_id, side, "declined", reason=reason)).status_code == 200
    fallen = await offer(scene)
    await scene.agree(fallen)
    await scene.confirm(fallen)
    await scene.report(scene.foundation, fallen, "fall-through", reason="no_funds")
    unanswered, stranger = make_demand(), make_organization()
    elsewhere = make_supply(stranger)
    await announce(database, unanswered, stranger, elsewhere)
    invited = await scene.propose(scene.province, demand_id=unanswered.id, supply_id=elsewhere.id)
    assert invited.status_code == 201
    return scene


async def export(by: Caller, **query: Any) -> dict[str, Any]:
    answer = await by.get(CASES, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def read(exported: dict[str, Any], folder: Path) -> CaseFile:
    (folder / "export.json").write_text(json.dumps(exported), encoding="utf-8")
    return read_cases(folder / "export.json", counties=Counties(codes={}))


async def test_answers_become_a_case_whose_order_the_evaluation_counts(scene: Scene, tmp_path: Path) -> None:
    exported = await export(scene.province)
    [case] = exported["cases"]
    assert case["id"] == str(scene.demand.id)
    assert sorted(one["grade"] for one in case["pool"]) == [1, 1, 2, 3]
    [true] = case["expect"]["true_matches"]
    assert true == str(scene.supply.id)
    file = read(exported, tmp_path)
    assert file.cases[0].demand.division_code == scene.demand.division
    figures = evaluate_cases(file, policy=load_policy(), encoder=FakeEncoder(cache={})).describe()
    # Agreed and well served before both that were declined; what a side wants before both, too.
    assert figures["derived"] == {"satisfied": 2, "total": 2}
    assert figures["hand"] == {"satisfied": 2, "total": 2}
    assert figures["top1"]["total"] == 1
    assert figures["exclusions"] == {"found": 0, "missed": 0, "false": 0}
    # What was said of facts stands apart and orders nothing.
    issues = {(one["side"], one["reason"]) for one in exported["data_issues"]}
    assert issues == {("supply", "no_capacity"), ("supply", "no_funds")}
    assert not {one["supply_id"] for one in exported["data_issues"]} & {one["supply"]["id"] for one in case["pool"]}
    assert (exported["meta"]["answers"], exported["meta"]["answers_without_judgement"]) == (7, 1)
    told = json.dumps(exported, ensure_ascii=False)
    assert scene.demand.monitored_persons is not None
    assert "monitored" not in told
    assert "自己的话" not in told, "nobody's own words are exported"


async def test_cases_come_in_pages_each_as_its_pairs_were_judged_whatever_changed_since(
    scene: Scene, tmp_path: Path
) -> None:
    other = make_demand(title="另一需求")
    await announce(scene.database, other)
    await scene.order(demand_id=other.id)
    first = await export(scene.province, limit=1, with_total=True)
    second = await export(scene.province, limit=1, cursor=first["next_cursor"])
    assert first["total"] == 2
    assert second["next_cursor"] is None
    assert {one["id"] for page in (first, second) for one in page["cases"]} == {str(scene.demand.id), str(other.id)}
    for query in ({"proposed_until": "2001-01-01"}, {"proposed_from": "2999-01-01"}):
        empty = await export(scene.province, **query)
        assert (empty["cases"], empty["data_issues"], empty["organisations"]) == ([], [], {})
    later = change(scene.supply, title="改名之后", capacity_used_elsewhere=2)
    gone = change(scene.organization, credit_status="seriously_illegal")
    await announce(scene.database, later, gone)
    exported = await export(scene.province)
    assert "改名之后" not in json.dumps(exported, ensure_ascii=False)
    figures = evaluate_cases(read(exported, tmp_path), policy=load_policy(), encoder=FakeEncoder(cache={})).describe()
    assert figures["exclusions"] == {"found": 0, "missed": 0, "false": 0}


async def test_what_has_expired_or_is_held_takes_no_part_in_the_order(
    database: SavepointDatabase, call: Call, tmp_path: Path
) -> None:
    scene = await set_scene(database, call, organization={"annual_check": {"year": 2025, "result": "failed"}})
    pairing_id = await scene.order()
    seen = {"If-Match": (await scene.province.get(f"{PAIRINGS}/{pairing_id}")).headers["etag"]}
    released = await scene.province.post(
        f"{PAIRINGS}/{pairing_id}/release-hold", headers=seen, json={"reason": "已核实"}
    )
    assert released.status_code == 200, released.text
    await scene.agree(pairing_id)
    exported = await export(scene.province)
    [case] = exported["cases"]
    assert case["expect"]["true_matches"] == []
    assert [one["rules"] for one in case["expect"]["hold_not_auto_push"]] == [["H_ANNUAL"]]
    figures = evaluate_cases(read(exported, tmp_path), policy=load_policy(), encoder=FakeEncoder(cache={})).describe()
    assert figures["holds"] == {"correct": 1, "total": 1}
    assert figures["top1"] == {"hits": 0, "total": 0}
