"""An application that answers for a side: within its grant, and on record beside the side."""

from shared.contracts.codes import Role
from shared.db import Database
from shared.testing import Call, granted
from tests.matching.market import CHENGDU, ZHAOJUE
from tests.matching.pairing_steps import PAIRINGS, set_scene, slug


async def test_what_an_application_answers_is_in_the_history_with_its_grantor(call: Call, database: Database) -> None:
    scene = await set_scene(database, call)
    office = call(Role.RURAL_OFFICER, division=ZHAOJUE, sub="office", grant=granted("pairings.propose"))
    ordered = await scene.propose(office)
    assert ordered.status_code == 201, ordered.text
    pairing_id = ordered.json()["id"]
    assert slug(await office.get(f"{PAIRINGS}/{pairing_id}")) == "not-granted"
    organization = {"organization_id": scene.organization.id, "sub": "foundation"}
    reader = call(Role.ORGANIZATION, **organization, grant=granted("pairings.read"))
    assert slug(await scene.answer(reader, pairing_id, "supply", "interested")) == "not-granted"
    answers = granted("pairings.read", "pairings.answer", application="charity-app")
    acting = call(Role.ORGANIZATION, **organization, grant=answers)
    assert (await scene.answer(acting, pairing_id, "supply", "interested")).status_code == 200
    history = (await acting.get(f"{PAIRINGS}/{pairing_id}")).json()["history"]
    signed = [(one["happened"], one["by_subject"]) for one in history if one["by_role"]]
    assert signed == [("proposed", "an-application for office"), ("answered", "charity-app for foundation")]
    # It speaks for its grantor's side alone.
    assert slug(await scene.answer(acting, pairing_id, "demand", "interested")) == "not-your-answer"


async def test_one_application_cannot_agree_for_both_sides(call: Call, database: Database) -> None:
    scene = await set_scene(database, call)
    pairing_id = await scene.order()
    grant = granted("pairings.read", "pairings.answer", application="county-app")
    office = call(Role.RURAL_OFFICER, division=ZHAOJUE, sub="office", grant=grant)
    foundation = call(Role.ORGANIZATION, organization_id=scene.organization.id, sub="foundation", grant=grant)
    for caller, side in ((office, "demand"), (foundation, "supply")):
        await scene.answer(caller, pairing_id, side, "interested")
    assert (await scene.answer(office, pairing_id, "demand", "agreed")).status_code == 200
    assert slug(await scene.answer(foundation, pairing_id, "supply", "agreed")) == "agreed-for-the-other-side"
    assert (await scene.answer(scene.foundation, pairing_id, "supply", "agreed")).status_code == 200


async def test_an_office_s_application_sees_of_pairs_what_the_sides_see(call: Call, database: Database) -> None:
    scene = await set_scene(database, call, demand={"persons": 1000, "monitored_persons": 377})
    pairing_id = await scene.order()
    grant = granted("pairings.read", "candidates.read")
    rural = call(Role.RURAL_OFFICER, division=ZHAOJUE, sub="office", grant=grant)
    civil = call(Role.CIVIL_AFFAIRS_OFFICER, division=CHENGDU, sub="civil", grant=grant)
    of_demand = f"/matching/v1/demands/{scene.demand.id}/candidates"
    of_supply = f"/matching/v1/supplies/{scene.supply.id}/candidates"
    one = f"{PAIRINGS}/{pairing_id}"
    for office, acting, path in (
        (scene.office, rural, of_demand),
        (scene.office, rural, one),
        (scene.civil_affairs, civil, of_supply),
        (scene.civil_affairs, civil, one),
    ):
        assert "monitored_share" in (await office.get(path)).text
        seen = await acting.get(path)
        assert seen.status_code == 200
        assert "monitored_share" not in seen.text
        if path != of_demand:
            assert seen.json() == (await scene.foundation.get(path)).json()


async def test_an_office_s_application_learns_of_a_hold_when_the_sides_do(call: Call, database: Database) -> None:
    scene = await set_scene(database, call, organization={"credit_status": "abnormal"})
    invited = (await scene.propose(scene.civil_affairs)).json()
    assert invited["status"] == "on_hold"
    path = f"{PAIRINGS}/{invited['id']}"
    grant = granted("pairings.read", "pairings.propose")
    acting = call(Role.CIVIL_AFFAIRS_OFFICER, division=CHENGDU, sub="civil", grant=grant)
    assert slug(await acting.get(path)) == "pairing-not-found"
    assert (await acting.get(PAIRINGS)).json()["items"] == []
    seen = await scene.province.get(path)
    released = await scene.province.post(
        f"{path}/release-hold", json={"reason": "已整改"}, headers={"If-Match": seen.headers["etag"]}
    )
    assert released.status_code == 200, released.text
    assert (await acting.get(path)).status_code == 200
