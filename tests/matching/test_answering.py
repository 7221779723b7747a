"""Answers that are sent twice, and who may no longer give one."""

import pytest

from shared.testing import Call, SavepointDatabase
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene, slug

pytestmark = pytest.mark.usefixtures("legal_day")
PURCHASE = {"procurement": "government_purchase", "procurement_method": "open_tender"}


@pytest.fixture
async def scene(database: SavepointDatabase, call: Call) -> Scene:
    return await set_scene(database, call)


async def test_the_same_decline_twice_is_one_and_another_reason_is_another(scene: Scene) -> None:
    pairing_id = await scene.order()
    given = [await scene.answer(scene.foundation, pairing_id, "supply", "declined", reason="time") for _ in range(2)]
    assert [one.status_code for one in given] == [200, 200]
    assert given[0].json() == given[1].json()
    history = (await scene.office.get(f"{PAIRINGS}/{pairing_id}")).json()["history"]
    assert [one["happened"] for one in history].count("declined") == 1
    for by, side, reason in ((scene.foundation, "supply", "budget"), (scene.office, "demand", "time")):
        late = await scene.answer(by, pairing_id, side, "declined", reason=reason)
        assert (late.status_code, slug(late)) == (409, "pairing-state-forbids")


@pytest.mark.parametrize("purchase", [False, True])
async def test_interest_that_is_sent_again_after_the_pairing_went_on_is_one(
    database: SavepointDatabase, call: Call, purchase: bool
) -> None:
    scene = await set_scene(database, call, demand=PURCHASE if purchase else {})
    pairing_id = await scene.order()
    if purchase:
        await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    else:
        await scene.agree(pairing_id)
    again = await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    assert (again.status_code, again.json()["status"]) == (200, "referred" if purchase else "confirming")


async def test_no_editor_takes_back_what_the_office_agreed_to(scene: Scene) -> None:
    pairing_id = await scene.order()
    await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    assert (await scene.answer(scene.office, pairing_id, "demand", "agreed")).status_code == 200
    refused = await scene.answer(scene.editor, pairing_id, "demand", "declined", reason="other")
    assert (refused.status_code, slug(refused)) == (403, "not-your-answer")
    declined = await scene.answer(scene.office, pairing_id, "demand", "declined", reason="other")
    assert (declined.status_code, declined.json()["status"]) == (200, "declined")


async def test_an_editor_may_decline_before_the_office_agreed(scene: Scene) -> None:
    pairing_id = await scene.order()
    declined = await scene.answer(scene.editor, pairing_id, "demand", "declined", reason="other")
    assert declined.json()["status"] == "declined"
