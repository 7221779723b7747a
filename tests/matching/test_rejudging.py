"""When the facts of a side change, its open pairings are judged anew: excluded ones end, new holds stop the talks."""

from typing import Any

import pytest
from sqlalchemy import select

from services.matching.deliveries.models import Delivery
from services.matching.pairings import consumers
from services.matching.runs import consumers as runs
from services.matching.runs.actions import storing
from services.matching.runs.models import Run
from shared.contracts.codes import Role
from shared.testing import Call, SavepointDatabase
from tests.matching.market import announce, change, make_organization, make_scorer
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene, slug

pytestmark = pytest.mark.usefixtures("legal_day")
RAISING = {"kind": "public_fundraising", "held": True}
VERIFIED, REVOKED = ({"qualifications": [RAISING | {"status": status}]} for status in ("verified", "revoked"))


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


async def begin_talks(scene: Scene) -> str:
    pairing_id = await scene.order()
    assert (await scene.answer(scene.foundation, pairing_id, "supply", "interested")).json()["phase"] == "in_talks"
    return pairing_id


async def release(scene: Scene, pairing_id: str) -> dict[str, Any]:
    path = f"{PAIRINGS}/{pairing_id}"
    etag = {"If-Match": (await scene.civil_affairs.get(path)).headers["etag"]}
    released = await scene.civil_affairs.post(f"{path}/release-hold", json={"reason": "已整改"}, headers=etag)
    assert released.status_code == 200, released.text
    return dict(released.json())


@pytest.mark.parametrize(
    ("part", "changes", "code"),
    [
        ("organization", {"credit_status": "seriously_illegal"}, "E_CREDIT_BLACKLIST"),
        ("organization", {"enrolment_status": "left"}, "E_DEREGISTERED"),
        ("supply", {"service_regions": ["44"]}, "E_REGION"),
        ("demand", {"requires_public_fundraising": True}, "E_NO_PUBLIC_FUNDRAISING"),
    ],
)
async def test_what_a_gate_excludes_by_now_is_taken_back(
    scene: Scene, part: str, changes: dict[str, Any], code: str
) -> None:
    pairing_id = await begin_talks(scene)
    await announce(scene.database, change(getattr(scene, part), **changes))
    read = (await scene.foundation.get(f"{PAIRINGS}/{pairing_id}")).json()
    assert (read["status"], read["reason"]) == ("withdrawn", "excluded")
    last = read["history"][-1]
    assert (last["happened"], last["by_subject"], last["reason"]) == ("withdrawn", "system", code)
    # Once the facts allow it again, it may be proposed again.
    await announce(scene.database, getattr(scene, part))
    assert await scene.order() != pairing_id


@pytest.mark.parametrize("named_by", ["fundraiser_id", "fundraiser_credit_code"])
async def test_a_qualification_that_the_named_fund_raiser_loses_counts_too(
    database: SavepointDatabase, call: Call, named_by: str
) -> None:
    partner = make_organization(credit_code="53510000MJ00000000", **VERIFIED)
    names = {"fundraiser_id": partner.id, "fundraiser_credit_code": partner.credit_code}
    await announce(database, partner)
    scene = await set_scene(
        database, call, demand={"requires_public_fundraising": True}, organization={named_by: names[named_by]}
    )
    pairing_id = await begin_talks(scene)
    await announce(database, change(partner, **REVOKED))
    assert (await scene.read(pairing_id)).status == "withdrawn"


async def test_a_hold_that_arises_stops_the_talks_until_an_officer_releases_it(scene: Scene) -> None:
    webhook = {"endpoint": "https://receiver.example/", "event_types": ["matching.pairing.on_hold.v1"]}
    assert (await scene.foundation.post("/matching/v1/subscriptions", json=webhook)).status_code == 201
    pairing_id = await begin_talks(scene)
    listed = change(scene.organization, credit_status="abnormal")
    # A full supply hides no hold.
    await announce(scene.database, change(scene.supply, status="full", capacity_used_here=2), listed)
    read = (await scene.foundation.get(f"{PAIRINGS}/{pairing_id}")).json()
    assert (read["status"], read["phase"], read["answer_by"]) == ("on_hold", "in_talks", None)
    assert [one["code"] for one in read["hold_reasons"]] == ["H_ABNORMAL"]
    assert slug(await scene.answer(scene.office, pairing_id, "demand", "agreed")) == "pairing-state-forbids"
    async with scene.database.transaction() as session:
        told = list((await session.execute(select(Delivery.event_type))).scalars())
    # The sides know of the pairing, so they are told why it does not move.
    assert told == ["matching.pairing.on_hold.v1"]
    released = await release(scene, pairing_id)
    # 20 working days to talk, since both had shown interest.
    assert (released["phase"], released["answer_by"]) == ("in_talks", "2026-12-18T16:00:00Z")
    # The same hold does not stop it twice, another one does.
    await announce(scene.database, change(listed, name="四川某基金会"))
    assert (await scene.read(pairing_id)).status == "open"
    failed = {"annual_check": {"year": 2025, "result": "failed"}}
    await announce(scene.database, change(listed, **failed))
    assert (await scene.read(pairing_id)).status == "on_hold"


async def test_a_hold_waits_for_its_officer_even_when_its_cause_is_gone(
    database: SavepointDatabase, call: Call
) -> None:
    scene = await set_scene(database, call, organization={"credit_status": "abnormal"})
    pairing_id = await scene.order()
    await announce(database, change(scene.organization, credit_status="normal"))
    assert (await scene.read(pairing_id)).status == "on_hold"
    await release(scene, pairing_id)
    await announce(database, scene.organization)
    # It arose anew after the release.
    assert (await scene.read(pairing_id)).status == "on_hold"


async def test_what_registry_no_longer_has_takes_its_open_pairings_back(scene: Scene) -> None:
    pairing_id = await begin_talks(scene)
    async with scene.database.transaction() as session:
        await consumers.forget_organizations(session, set())
    assert (await scene.read(pairing_id)).status == "withdrawn"


async def test_what_is_judged_otherwise_while_a_run_computes_is_left_out(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    assert (await call(Role.PROVINCIAL_OFFICER).post("/matching/v1/runs")).status_code == 202
    async with scene.database.transaction() as session:
        run_id = (await session.execute(select(Run.id))).scalar_one()
    store = storing.store_run

    async def be_overtaken(session: Any, **named: Any) -> None:
        assert len(named["plan"].chosen) == 1
        await announce(scene.database, change(scene.organization, credit_status="seriously_illegal"))
        await store(session, **named)

    monkeypatch.setattr(storing, "store_run", be_overtaken)
    scorer = make_scorer()
    await runs.execute_run(scene.database, scorer, {"run_id": str(run_id)}, engine_from=2_000)
    scorer.close()
    assert (await scene.province.get(PAIRINGS)).json()["items"] == []
