"""Pairs on hold wait for an officer, who lifts the hold with a reason or leaves it."""

import pytest
from sqlalchemy import select

from shared.audit.models import AuditEntry
from shared.clock import AS_OF
from shared.contracts.codes import Role
from shared.testing import Call, SavepointDatabase, granted
from tests.matching.market import CHENGDU, ZHAOJUE, announce, make_organization, make_supply
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene, slug
from tests.matching.run_steps import run

pytestmark = pytest.mark.usefixtures("legal_day")


@pytest.fixture
async def held(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call, organization={"credit_status": "abnormal"})


async def test_a_held_pair_waits_for_the_record_office_and_the_other_side_knows_nothing(held: Scene) -> None:
    ordered = (await held.propose(held.office)).json()
    assert (ordered["status"], ordered["answer_by"]) == ("on_hold", None)
    path = f"{PAIRINGS}/{ordered['id']}"
    assert (await held.office.get(path)).status_code == 200
    assert (await held.foundation.get(path)).status_code == 404
    assert slug(await held.answer(held.foundation, ordered["id"], "supply", "interested")) == "pairing-not-found"
    read = await held.civil_affairs.get(path)
    assert [one["code"] for one in read.json()["hold_reasons"]] == ["H_ABNORMAL"]
    no_match = await held.civil_affairs.post(f"{path}/release-hold", json={"reason": "已整改"})
    assert no_match.status_code == 428
    etag = {"If-Match": read.headers["etag"]}
    released = await held.civil_affairs.post(f"{path}/release-hold", json={"reason": "已整改"}, headers=etag)
    assert (released.json()["status"], released.json()["answer_by"]) == ("open", "2026-12-04T16:00:00Z")
    assert (await held.foundation.get(path)).status_code == 200
    stale = await held.civil_affairs.post(f"{path}/release-hold", json={"reason": "已整改"}, headers=etag)
    assert stale.status_code == 412
    again = {"If-Match": released.headers["etag"]}
    twice = await held.province.post(f"{path}/release-hold", json={"reason": "已整改"}, headers=again)
    assert slug(twice) == "pairing-state-forbids"


async def test_a_hold_is_not_lifted_from_a_pair_that_a_gate_excludes_by_now(
    database: SavepointDatabase, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    qualified = {"kind": "public_fundraising", "held": True, "status": "verified", "last_valid_on": "2026-11-23"}
    held = await set_scene(
        database,
        call,
        demand={"requires_public_fundraising": True},
        organization={"credit_status": "abnormal", "qualifications": [qualified]},
    )
    path = f"{PAIRINGS}/{await held.order()}"
    monkeypatch.setenv(AS_OF, "2026-11-24")
    etag = {"If-Match": (await held.civil_affairs.get(path)).headers["etag"]}
    refused = await held.civil_affairs.post(f"{path}/release-hold", json={"reason": "已整改"}, headers=etag)
    assert (refused.status_code, slug(refused)) == (422, "pair-excluded")
    assert (await held.civil_affairs.get(path)).json()["status"] == "on_hold"


async def test_an_officer_s_reason_holds_no_personal_data(held: Scene) -> None:
    path = f"{PAIRINGS}/{await held.order()}"
    etag = {"If-Match": (await held.civil_affairs.get(path)).headers["etag"]}
    reason = {"reason": "已电话核实 13812345678"}
    refused = await held.civil_affairs.post(f"{path}/release-hold", json=reason, headers=etag)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "personal_data")
    assert "138" not in refused.text


async def test_only_the_record_office_or_the_province_releases(held: Scene, call: Call) -> None:
    pairing_id = (await held.propose(held.foundation)).json()["id"]
    body, etag = {"reason": "已整改"}, {"If-Match": '"1"'}
    path = f"{PAIRINGS}/{pairing_id}/release-hold"
    other = call(Role.CIVIL_AFFAIRS_OFFICER, division="513400000000")
    assert (await other.post(path, json=body, headers=etag)).status_code == 404
    assert (await held.office.post(path, json=body, headers=etag)).status_code == 403
    assert (await held.foundation.get(f"{PAIRINGS}/{pairing_id}")).status_code == 200
    assert (await held.office.get(f"{PAIRINGS}/{pairing_id}")).status_code == 404
    assert (await held.province.post(path, json=body, headers=etag)).status_code == 200


async def test_who_invited_does_not_lift_the_hold_but_another_officer_does(held: Scene, call: Call) -> None:
    path = f"{PAIRINGS}/{(await held.propose(held.civil_affairs)).json()['id']}"
    body, etag = {"reason": "已整改"}, {"If-Match": '"1"'}
    refused = await held.civil_affairs.post(f"{path}/release-hold", json=body, headers=etag)
    assert (refused.status_code, slug(refused)) == (403, "own-proposal")
    colleague = call(Role.CIVIL_AFFAIRS_OFFICER, division=CHENGDU, sub="a-colleague")
    assert (await colleague.post(f"{path}/release-hold", json=body, headers=etag)).json()["status"] == "open"


async def test_who_invited_through_an_application_does_not_lift_the_hold_either(held: Scene, call: Call) -> None:
    invite = granted("pairings.propose", application="civil-app")
    acting = call(Role.CIVIL_AFFAIRS_OFFICER, division=CHENGDU, sub="chengdu-civil", grant=invite)
    path = f"{PAIRINGS}/{(await held.propose(acting)).json()['id']}"
    body, etag = {"reason": "已整改"}, {"If-Match": '"1"'}
    assert slug(await acting.post(f"{path}/release-hold", json=body, headers=etag)) == "not-granted"
    for sub in ("chengdu-civil", "civil-app"):
        caller = call(Role.CIVIL_AFFAIRS_OFFICER, division=CHENGDU, sub=sub)
        assert slug(await caller.post(f"{path}/release-hold", json=body, headers=etag)) == "own-proposal"


async def test_the_side_that_may_not_know_of_a_held_pair_learns_nothing_by_proposing_it_too(held: Scene) -> None:
    await held.propose(held.office)
    assert slug(await held.propose(held.office)) == "pairing-underway"
    assert slug(await held.propose(held.civil_affairs)) == "pairing-underway"
    hidden = await held.propose(held.foundation)
    assert (hidden.status_code, slug(hidden)) == (409, "pair-not-proposable")
    told = hidden.text.casefold()
    assert not [word for word in ("underway", "hold", "unfinished", "进行中", "审查") if word in told]


async def test_officers_list_what_waits_for_them_by_reason_and_place(held: Scene) -> None:
    failed = make_organization(annual_check={"year": 2025, "result": "failed"}, record_division="513400000000")
    supply = make_supply(failed)
    await announce(held.database, failed, supply)
    first, second = await held.order(), await held.order(supply_id=supply.id)

    async def ids(**query: str) -> list[str]:
        answer = await held.province.get(PAIRINGS, params={"status": "on_hold", **query})
        return [one["id"] for one in answer.json()["items"]]

    assert await ids() == [second, first]
    assert await ids(hold_reason="H_ABNORMAL") == [first]
    assert await ids(hold_reason="H_ANNUAL", demand_division=ZHAOJUE) == [second]
    assert await ids(record_division=CHENGDU) == [first]
    assert await ids(demand_division=CHENGDU) == []
    shown = (await held.civil_affairs.get(PAIRINGS, params={"hold_reason": "H_ABNORMAL"})).json()["items"]
    assert [(one["id"], one["hold_codes"]) for one in shown] == [(first, ["H_ABNORMAL"])]
    assert (await held.province.get(PAIRINGS, params={"hold_reason": "abnormal"})).status_code == 422


async def test_an_officer_refuses_with_a_reason_and_only_who_knew_of_the_pairing_hears_of_it(held: Scene) -> None:
    hook = {"endpoint": "https://receiver.example/hook", "event_types": ["matching.pairing.*"]}
    for by in (held.office, held.foundation):
        assert (await by.post("/matching/v1/subscriptions", json=hook)).status_code == 201
    pairing_id = await held.order()
    path = f"{PAIRINGS}/{pairing_id}"
    etag, body = {"If-Match": (await held.civil_affairs.get(path)).headers["etag"]}, {"reason": "整改未完成"}
    assert (await held.office.post(f"{path}/refuse-hold", json=body, headers=etag)).status_code == 403
    assert (await held.civil_affairs.post(f"{path}/refuse-hold", json={}, headers=etag)).status_code == 422
    refused = await held.civil_affairs.post(f"{path}/refuse-hold", json=body, headers=etag)
    assert (refused.json()["status"], refused.json()["reason"]) == ("withdrawn", "整改未完成")
    last = (await held.office.get(path)).json()["history"][-1]
    assert (last["happened"], last["by_subject"], last["reason"]) == ("withdrawn", "chengdu-civil", "整改未完成")
    assert (await held.foundation.get(path)).status_code == 404
    heard = [(await by.get("/matching/v1/deliveries")).json()["items"] for by in (held.office, held.foundation)]
    assert [[one["event_type"] for one in items] for items in heard] == [["matching.pairing.withdrawn.v1"], []]
    async with held.database.transaction() as session:
        about = select(AuditEntry).where(AuditEntry.object_id == pairing_id).order_by(AuditEntry.id.desc())
        entry = (await session.execute(about.limit(1))).scalar_one()
    assert (entry.subject, entry.role) == ("chengdu-civil", Role.CIVIL_AFFAIRS_OFFICER)
    assert (await run(held))["on_hold"] == 0, "what was refused is not proposed again"
    again = {"If-Match": refused.headers["etag"]}
    twice = await held.civil_affairs.post(f"{path}/refuse-hold", json=body, headers=again)
    assert slug(twice) == "pairing-state-forbids"
