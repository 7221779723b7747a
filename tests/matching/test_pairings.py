"""Ordering, taking and inviting; answers, holds and withdrawals; and who sees what."""

import json

import pytest
from sqlalchemy import select

from services.matching.deliveries.models import PushEvent
from shared.clock import AS_OF
from shared.contracts.codes import Role
from shared.testing import Call, SavepointDatabase
from tests.matching.market import CHENGDU, announce, change, make_demand, make_organization, make_supply
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene, slug

pytestmark = pytest.mark.usefixtures("legal_day")
RAISED = {"requires_public_fundraising": True}
QUALIFIED = {"kind": "public_fundraising", "held": True, "status": "verified", "last_valid_on": "2026-11-23"}
RAISER = {"qualifications": [QUALIFIED]}
"""An organization that may raise publicly until the day after the legal day: that ends without any event."""
PURCHASE = {"procurement": "government_purchase", "procurement_method": "open_tender"}


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


async def test_the_county_orders_and_that_is_its_interest(scene: Scene) -> None:
    answer = await scene.propose(scene.office)
    assert answer.status_code == 201
    ordered = answer.json()
    assert answer.headers["location"] == f"{PAIRINGS}/{ordered['id']}"
    assert (ordered["status"], ordered["phase"], ordered["origin"]) == ("open", "awaiting_supply", "ordered")
    assert (ordered["demand_answer"], ordered["supply_answer"]) == ("interested", None)
    # 10 working days after Sunday 22 November 2026 is Friday 4 December; its end in Shanghai is 16:00 UTC.
    assert ordered["answer_by"] == "2026-12-04T16:00:00Z"
    assert (ordered["policy_version"], len(ordered["model_hash"])) == ("2026-01", 64)


async def test_a_village_editor_orders_for_a_village_of_its_town(scene: Scene) -> None:
    assert (await scene.propose(scene.editor)).json()["origin"] == "ordered"


async def test_an_organization_takes_and_that_is_its_interest(scene: Scene) -> None:
    taken = (await scene.propose(scene.foundation)).json()
    assert (taken["origin"], taken["phase"], taken["supply_answer"]) == ("taken", "awaiting_demand", "interested")


@pytest.mark.parametrize("who", ["civil_affairs", "province"])
async def test_an_officer_invites_and_nobody_has_answered(scene: Scene, who: str) -> None:
    invited = (await scene.propose(getattr(scene, who))).json()
    assert (invited["origin"], invited["phase"]) == ("invited", "proposed")
    answered = (await scene.answer(scene.editor, invited["id"], "demand", "interested")).json()
    assert (answered["phase"], answered["answer_by"]) == ("awaiting_supply", "2026-12-04T16:00:00Z")


async def test_nobody_begins_a_pairing_for_another_side(scene: Scene, call: Call) -> None:
    others = [
        (call(Role.RURAL_OFFICER, division="513432000000"), "/demand_id"),
        (call(Role.ORGANIZATION, organization_id=scene.demand.id), "/supply_id"),
        (call(Role.CIVIL_AFFAIRS_OFFICER, division="513400000000"), "/supply_id"),
    ]
    for by, pointer in others:
        refused = await scene.propose(by)
        assert (refused.status_code, slug(refused)) == (403, "out-of-scope")
        assert refused.json()["errors"][0]["pointer"] == pointer
    assert (await scene.propose(call(Role.PARTNER_APPLICATION))).status_code == 403


async def test_an_excluded_pair_is_refused_with_every_reason_and_remedy(
    database: SavepointDatabase, call: Call
) -> None:
    scene = await set_scene(
        database, call, supply={"service_regions": ["44"]}, organization={"credit_status": "seriously_illegal"}
    )
    refused = await scene.propose(scene.office)
    assert (refused.status_code, slug(refused)) == (422, "pair-excluded")
    assert "E_REGION" in refused.json()["detail"]
    assert "E_CREDIT_BLACKLIST" in refused.json()["detail"]
    assert "{" not in refused.json()["detail"]


async def test_a_full_supply_cannot_be_ordered(database: SavepointDatabase, call: Call) -> None:
    scene = await set_scene(database, call, supply={"status": "full", "capacity_used_here": 2})
    refused = await scene.propose(scene.office)
    assert (refused.status_code, slug(refused)) == (422, "pair-excluded")
    assert "E_CAPACITY_FULL" in refused.json()["detail"]


async def test_what_is_not_open_cannot_be_paired(database: SavepointDatabase, call: Call) -> None:
    covered = await set_scene(database, call, demand={"status": "covered"})
    refused = await covered.propose(covered.office)
    assert (refused.status_code, slug(refused)) == (409, "demand-not-open")
    draft = await set_scene(database, call, supply={"status": "draft"})
    assert slug(await draft.propose(draft.foundation)) == "supply-not-listed"
    assert slug(await draft.propose(draft.office)) == "supply-unknown"
    unpublished = await set_scene(database, call, demand={"status": "draft"})
    assert slug(await unpublished.propose(unpublished.foundation)) == "demand-unknown"
    nameless = make_supply(covered.demand.id)
    await announce(database, nameless)
    assert slug(await draft.propose(draft.office, supply_id=nameless.id)) == "supply-unknown"


async def test_a_demand_and_a_supply_have_one_unfinished_pairing(scene: Scene) -> None:
    await scene.order()
    again = await scene.propose(scene.foundation)
    assert (again.status_code, slug(again)) == (409, "pairing-underway")


async def test_the_same_request_twice_is_one_order(scene: Scene) -> None:
    body = {"demand_id": str(scene.demand.id), "supply_id": str(scene.supply.id)}
    office, headers = scene.office, {"Idempotency-Key": "the-same-order"}
    first = await office.post(PAIRINGS, json=body, headers=headers)
    second = await office.post(PAIRINGS, json=body, headers=headers)
    assert (first.json(), second.headers["idempotency-replayed"]) == (second.json(), "true")
    assert len((await office.get(PAIRINGS)).json()["items"]) == 1


async def test_both_sides_talk_and_agree_and_the_history_tells_it(scene: Scene) -> None:
    pairing_id = await scene.order()
    talking = (await scene.answer(scene.foundation, pairing_id, "supply", "interested")).json()
    assert (talking["phase"], talking["answer_by"]) == ("in_talks", "2026-12-18T16:00:00Z")
    half = (await scene.answer(scene.foundation, pairing_id, "supply", "agreed")).json()
    assert (half["status"], half["phase"]) == ("open", "in_talks")
    agreed = (await scene.answer(scene.office, pairing_id, "demand", "agreed")).json()
    assert (agreed["status"], agreed["phase"], agreed["answer_by"]) == ("confirming", "agreed", None)
    read = await scene.office.get(f"{PAIRINGS}/{pairing_id}")
    assert read.headers["etag"] == f'"{agreed["version"]}"'
    told = [(one["happened"], one["by_subject"], one["side"], one["answer"]) for one in read.json()["history"]]
    assert told == [
        ("proposed", "zhaojue-rural", None, None),
        ("answered", "foundation", "supply", "interested"),
        ("in_talks", "system", None, None),
        ("answered", "foundation", "supply", "agreed"),
        ("answered", "zhaojue-rural", "demand", "agreed"),
    ]


async def test_the_same_answer_twice_changes_nothing(scene: Scene) -> None:
    pairing_id = await scene.order()
    first = (await scene.answer(scene.foundation, pairing_id, "supply", "interested")).json()
    assert (await scene.answer(scene.foundation, pairing_id, "supply", "interested")).json() == first
    agreed = (await scene.answer(scene.foundation, pairing_id, "supply", "agreed")).json()
    assert (await scene.answer(scene.foundation, pairing_id, "supply", "agreed")).json() == agreed
    done = (await scene.answer(scene.office, pairing_id, "demand", "agreed")).json()
    assert (await scene.answer(scene.office, pairing_id, "demand", "agreed")).json() == done


async def test_nobody_agrees_before_both_are_interested(scene: Scene) -> None:
    pairing_id = await scene.order()
    early = await scene.answer(scene.office, pairing_id, "demand", "agreed")
    assert (early.status_code, slug(early)) == (409, "talks-not-begun")


async def test_each_side_speaks_for_itself_and_only_the_rural_office_agrees(scene: Scene) -> None:
    pairing_id = await scene.order()
    wrong = [
        (scene.office, "supply", "interested"),
        (scene.foundation, "demand", "interested"),
        (scene.editor, "demand", "agreed"),
    ]
    for by, side, word in wrong:
        refused = await scene.answer(by, pairing_id, side, word)
        assert (refused.status_code, slug(refused)) == (403, "not-your-answer")
    assert (await scene.answer(scene.civil_affairs, pairing_id, "demand", "agreed")).status_code == 403
    assert (await scene.answer(scene.editor, pairing_id, "demand", "interested")).status_code == 200


async def test_a_decline_ends_it_with_its_reason(scene: Scene) -> None:
    pairing_id = await scene.order()
    assert (await scene.answer(scene.foundation, pairing_id, "supply", "declined")).status_code == 422
    assert (await scene.answer(scene.foundation, pairing_id, "supply", "interested", reason="time")).status_code == 422
    ended = (await scene.answer(scene.foundation, pairing_id, "supply", "declined", reason="no_capacity")).json()
    assert (ended["status"], ended["phase"]) == ("declined", "ended")
    assert (ended["reason"], ended["ended_by"], ended["supply_answer"]) == ("no_capacity", "supply", "declined")
    for by, side, word in ((scene.office, "demand", "interested"), (scene.office, "demand", "agreed")):
        late = await scene.answer(by, pairing_id, side, word)
        assert (late.status_code, slug(late)) == (409, "pairing-state-forbids")


async def test_a_purchase_is_referred_when_both_are_interested(database: SavepointDatabase, call: Call) -> None:
    scene = await set_scene(database, call, demand=PURCHASE)
    pairing_id = await scene.order()
    referred = (await scene.answer(scene.foundation, pairing_id, "supply", "interested")).json()
    assert (referred["status"], referred["phase"]) == ("referred", "ended")
    late = await scene.answer(scene.office, pairing_id, "demand", "agreed")
    assert slug(late) == "pairing-state-forbids"


async def test_a_purchase_is_not_referred_to_whom_a_gate_excludes_by_now(
    database: SavepointDatabase, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await set_scene(database, call, demand=PURCHASE | RAISED, organization=RAISER)
    pairing_id = await scene.order()
    monkeypatch.setenv(AS_OF, "2026-11-24")
    refused = await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    assert (refused.status_code, slug(refused)) == (422, "pair-excluded")
    pairing = await scene.read(pairing_id)
    assert (pairing.status, pairing.supply_answer) == ("open", None)


async def test_an_agreement_passes_the_gates_again(
    database: SavepointDatabase, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await set_scene(database, call, demand=RAISED, organization=RAISER)
    pairing_id = await scene.order()
    await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    full = change(scene.supply, status="full", capacity_used_here=2)
    await announce(scene.database, full)
    assert (await scene.answer(scene.foundation, pairing_id, "supply", "agreed")).status_code == 200
    monkeypatch.setenv(AS_OF, "2026-11-24")
    refused = await scene.answer(scene.office, pairing_id, "demand", "agreed")
    assert (refused.status_code, slug(refused)) == (422, "pair-excluded")
    assert (await scene.read(pairing_id)).status == "open"


async def test_an_office_takes_an_open_pairing_back_but_not_one_being_confirmed(scene: Scene) -> None:
    pairing_id = await scene.order()
    path, body = f"{PAIRINGS}/{pairing_id}/withdraw", {"reason": "另有安排"}
    assert (await scene.foundation.post(path, json=body, headers={"If-Match": '"1"'})).status_code == 403
    assert (await scene.office.post(path, json={"reason": " "}, headers={"If-Match": '"1"'})).status_code == 422
    withdrawn = (await scene.office.post(path, json=body, headers={"If-Match": '"1"'})).json()
    assert (withdrawn["status"], withdrawn["reason"]) == ("withdrawn", "另有安排")
    second = await scene.order()
    await scene.agree(second)
    etag = (await scene.office.get(f"{PAIRINGS}/{second}")).headers["etag"]
    late = await scene.office.post(f"{PAIRINGS}/{second}/withdraw", json=body, headers={"If-Match": etag})
    assert slug(late) == "pairing-state-forbids"


async def test_each_side_sees_its_own_and_the_filters_narrow(scene: Scene, call: Call) -> None:
    elsewhere = make_demand(division="513432000000", level="county")
    await announce(scene.database, elsewhere)
    await scene.order()
    other = call(Role.RURAL_OFFICER, division="513432000000")
    assert (await scene.propose(other, demand_id=elsewhere.id)).status_code == 201

    async def count(by: object, **params: object) -> int:
        answer = await by.get(PAIRINGS, params=params)  # type: ignore[attr-defined]
        assert answer.status_code == 200, answer.text
        return len(answer.json()["items"])

    assert [await count(by) for by in (scene.office, other, scene.foundation, scene.civil_affairs)] == [1, 1, 2, 2]
    assert await count(call(Role.CIVIL_AFFAIRS_OFFICER, division="513400000000")) == 0
    assert await count(call(Role.ORGANIZATION, organization_id=elsewhere.id)) == 0
    assert await count(call(Role.ORGANIZATION)) == 0
    assert await count(scene.province) == 2
    assert await count(scene.province, demand_id=elsewhere.id) == 1
    assert await count(scene.province, status=["open", "on_hold"], supply_id=scene.supply.id) == 2
    assert await count(scene.province, organization_id=elsewhere.id) == 0
    phases = ("awaiting_supply", "awaiting_demand", "in_talks", "agreed", "ended", "proposed")
    assert [await count(scene.province, phase=phase) for phase in phases] == [2, 0, 0, 0, 0, 0]


async def test_the_organization_never_sees_what_the_share_of_monitored_people_follows_from(scene: Scene) -> None:
    pairing_id = await scene.order()
    path = f"{PAIRINGS}/{pairing_id}"
    official, side = (await scene.office.get(path)).json(), (await scene.foundation.get(path)).json()
    tilt = {part["name"]: part for part in official["parts"]}["people_in_difficulty"]
    assert tilt["facts"]["monitored_share"] == 0.37
    assert "37%" in official["explanation"]["zh"]
    assert round(official["score"], 2) != official["score"]
    fit = [part["name"] for part in official["parts"]][:9]
    assert [part["name"] for part in side["parts"]] == [*fit, "tilt"]
    assert (side["parts"][-1]["value"], side["parts"][-1]["facts"]) == (None, {})
    assert "37%" not in str(side)
    listed = (await scene.foundation.get(PAIRINGS)).json()["items"][0]
    answered = (await scene.answer(scene.foundation, pairing_id, "supply", "interested")).json()
    ranked = (await scene.foundation.get(f"/matching/v1/supplies/{scene.supply.id}/candidates")).json()["items"][0]
    async with scene.database.transaction() as session:
        bodies = (await session.execute(select(PushEvent.body))).scalars()
        pushed = {json.loads(body)["data"]["score"] for body in bodies}
    scores = {side["score"], listed["score"], answered["score"], ranked["score"], *pushed}
    assert scores == {round(side["score"], 2)}
    assert str(official["score"]) not in str([side, listed, answered, ranked])


async def test_a_pairing_that_is_not_there_is_not_found(scene: Scene) -> None:
    assert (await scene.office.get(f"{PAIRINGS}/{scene.demand.id}")).status_code == 404


async def test_two_organizations_race_for_nothing_before_the_agreement(scene: Scene) -> None:
    rival = make_organization(name="另一家基金会", record_division=CHENGDU)
    supply = make_supply(rival)
    await announce(scene.database, rival, supply)
    await scene.order()
    assert (await scene.propose(scene.office, supply_id=supply.id)).status_code == 201
