"""Organizations are put on record and changed by the office that keeps them, and bad input names its field."""

from datetime import date
from typing import Any

import pytest

from shared import clock
from shared.contracts.codes import Role
from shared.db import new_id
from shared.testing import Call, SavepointDatabase
from tests.registry.records import (
    MIANYANG,
    NATIONAL,
    OLD_COUNTY,
    PATH,
    SANTAI,
    SICHUAN,
    ZHAOJUE,
    ZHEJIANG,
    add_divisions,
    create,
    credit_code,
    if_match,
    officer,
    organization_body,
)

pytestmark = pytest.mark.usefixtures("places")
FILED = {"credit_code": None, "type": "community_organization", "level": "community", "is_legal_person": False}


async def test_a_new_organization_is_pending_and_answers_its_etag_and_place(call: Call) -> None:
    answer = await officer(call).post(PATH, json=organization_body())
    body = answer.json()
    assert (answer.status_code, body["enrolment_status"], body["credit_status"]) == (201, "pending", "normal")
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"{PATH}/{body['id']}"
    assert (body["source"], body["verified_by"], body["recorded_by"]) == ("reported", None, f"civil-affairs-{SANTAI}")
    read = await officer(call).get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (body, '"1"')


async def test_what_an_office_enters_with_evidence_counts_as_verified_by_it(call: Call) -> None:
    body = await create(officer(call), source="imported", evidence="登记证书 2015-17", as_of="2026-01-31")
    assert (body["verified_by"], body["as_of"]) == (f"civil-affairs-{SANTAI}", "2026-01-31")


async def test_a_credit_code_is_taken_in_any_width_and_case(call: Call) -> None:
    typed = " " + credit_code(1).lower().replace("5", "５")
    assert (await create(officer(call), credit_code=typed))["credit_code"] == credit_code(1)


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"credit_code": credit_code(1)[:-1] + "0"}, "/credit_code", "uscc_check_digit"),
        ({"credit_code": "I" + credit_code(1)[1:]}, "/credit_code", "uscc_charset"),
        ({"credit_code": credit_code(1) + "0"}, "/credit_code", "uscc_length"),
        ({"credit_code": credit_code(1, category="53")}, "/credit_code", "category-contradicts-type"),
        ({"credit_code": None}, "/credit_code", "credit-code-missing"),
        ({"founded_on": "2999-01-01"}, "/founded_on", "date-in-future"),
        ({"as_of": "2999-01-01"}, "/as_of", "date-in-future"),
        ({"source": "mirrored"}, "/evidence", "evidence-missing"),
        ({"registered_division": "510799000000"}, "/registered_division", "division-unknown"),
        ({"registered_division": "51072"}, "/registered_division", "string_pattern_mismatch"),
        ({"nickname": "x"}, "/nickname", "extra_forbidden"),
        ({"name": " "}, "/name", "string_too_short"),
        ({"name": None}, "/name", "string_type"),
        ({"full_time_staff": -1}, "/full_time_staff", "greater_than_equal"),
        ({"charter_scope": "联系电话 19900000001"}, "/charter_scope", "personal_data"),
        ({"type": "club"}, "/type", "enum"),
    ],
)
async def test_a_wrong_value_is_refused_at_its_field(
    call: Call, changes: dict[str, Any], pointer: str, code: str
) -> None:
    refused = await officer(call, MIANYANG).post(PATH, json=organization_body() | changes)
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [(pointer, code)]
    assert "19900000001" not in refused.text


async def test_a_problem_speaks_chinese_and_english(call: Call) -> None:
    body = organization_body(credit_code=credit_code(1)[:-1] + "0")
    zh = (await officer(call).post(PATH, json=body)).json()["errors"][0]["detail"]
    en = await officer(call).post(PATH, json=body, headers={"Accept-Language": "en"})
    assert "校验位" in zh
    assert "check character" in en.json()["errors"][0]["detail"]


async def test_a_division_out_of_force_is_refused(call: Call, database: SavepointDatabase) -> None:
    await add_divisions(database, OLD_COUNTY, last_valid_on=date(2000, 1, 1))
    refused = await officer(call, SICHUAN).post(PATH, json=organization_body(registered_division=OLD_COUNTY))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "division-unknown")


async def test_a_village_is_known_by_its_town(call: Call, database: SavepointDatabase) -> None:
    await add_divisions(database, "510722101000")
    body = await create(officer(call), **FILED, registered_division="510722101205")
    assert body["record_division"] == "510722101205"


async def test_a_taken_credit_code_is_refused(call: Call) -> None:
    await create(officer(call))
    refused = await officer(call, MIANYANG).post(PATH, json=organization_body(name="另一家"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/registry/problems/organization-already-registered")
    assert refused.json()["errors"][0]["pointer"] == "/credit_code"


async def test_filed_bodies_of_one_name_may_stand_in_different_divisions_only(call: Call) -> None:
    await create(officer(call), **FILED)
    refused = await officer(call).post(PATH, json=organization_body(**FILED))
    assert (refused.status_code, refused.json()["type"]) == (409, "/registry/problems/filed-body-already-registered")
    await create(officer(call, ZHAOJUE), **FILED, registered_division=ZHAOJUE)


@pytest.mark.parametrize(
    ("office", "registered", "wanted", "recorded"),
    [
        (SANTAI, SANTAI, None, SANTAI),
        (MIANYANG, SANTAI, SANTAI, SANTAI),
        (MIANYANG, NATIONAL, None, MIANYANG),
        (SICHUAN, ZHEJIANG, None, SICHUAN),
        (SICHUAN, NATIONAL, ZHAOJUE, ZHAOJUE),
        (NATIONAL, SANTAI, None, SANTAI),
        (NATIONAL, NATIONAL, None, NATIONAL),
    ],
)
async def test_the_record_lies_where_it_is_registered_or_with_the_host(
    call: Call, office: str, registered: str, wanted: str | None, recorded: str
) -> None:
    body = await create(officer(call, office), registered_division=registered, record_division=wanted)
    assert (body["registered_division"], body["record_division"]) == (registered, recorded)


@pytest.mark.parametrize(
    ("office", "changes", "pointer"),
    [
        (ZHAOJUE, {}, "/registered_division"),
        (SANTAI, {"registered_division": NATIONAL, "record_division": ZHAOJUE}, "/record_division"),
        (None, {}, "/registered_division"),
    ],
)
async def test_a_record_outside_the_office_s_scope_is_refused(
    call: Call, office: str | None, changes: dict[str, str], pointer: str
) -> None:
    caller = call(Role.CIVIL_AFFAIRS_OFFICER, division=office)
    refused = await caller.post(PATH, json=organization_body(**changes))
    assert (refused.status_code, refused.json()["type"]) == (403, "/registry/problems/out-of-scope")
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_within_the_province_no_other_record_division_may_be_named(call: Call) -> None:
    refused = await officer(call, SICHUAN).post(PATH, json=organization_body(record_division=ZHAOJUE))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "record-division-contradicts")


async def test_a_replayed_creation_has_one_effect_and_another_payload_is_refused(call: Call) -> None:
    key = {"Idempotency-Key": str(new_id())}
    first = await officer(call).post(PATH, json=organization_body(), headers=key)
    again = await officer(call).post(PATH, json=organization_body(), headers=key)
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), '"1"')
    other = await officer(call).post(PATH, json=organization_body(2), headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "/registry/problems/idempotency-key-reused")


async def test_a_creation_without_a_key_is_refused(call: Call) -> None:
    refused = await officer(call).request("PUT", PATH)
    assert refused.status_code == 405
    without = await officer(call).post(PATH, json=organization_body(), headers={"Idempotency-Key": ""})
    assert without.status_code in {400, 422}


async def test_a_patch_changes_what_it_names_and_counts_the_version(call: Call) -> None:
    body = await create(officer(call))
    patch = {"name": "三台县乡村教育服务中心", "registrar": None, "full_time_staff": 7}
    answer = await officer(call).patch(f"{PATH}/{body['id']}", json=patch, headers=if_match(body))
    changed = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (changed["name"], changed["registrar"], changed["full_time_staff"]) == ("三台县乡村教育服务中心", None, 7)
    assert changed["charter_scope"] == body["charter_scope"]


async def test_a_patch_that_changes_nothing_leaves_the_version(call: Call) -> None:
    body = await create(officer(call))
    answer = await officer(call).patch(f"{PATH}/{body['id']}", json={"name": body["name"]}, headers=if_match(body))
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')


async def test_a_method_override_is_not_needed_for_a_merge_patch_content_type(call: Call) -> None:
    body = await create(officer(call))
    headers = if_match(body) | {"Content-Type": "application/merge-patch+json"}
    answer = await officer(call).patch(f"{PATH}/{body['id']}", content=b'{"remark": "x"}', headers=headers)
    assert answer.json()["remark"] == "x"


@pytest.mark.parametrize(
    ("patch", "status", "code"),
    [
        ({"name": None}, 422, "null_not_allowed"),
        ({"type": "foundation"}, 422, "category-contradicts-type"),
        ({"credit_code": None}, 422, "credit-code-missing"),
        ({"enrolment_status": "active"}, 422, "extra_forbidden"),
        ({"registered_division": ZHAOJUE}, 403, "out-of-scope"),
        ({"record_division": ZHAOJUE}, 422, "record-division-contradicts"),
        ({"source": "imported"}, 422, "evidence-missing"),
    ],
)
async def test_a_patch_cannot_break_what_holds(call: Call, patch: dict[str, Any], status: int, code: str) -> None:
    body = await create(officer(call, MIANYANG))
    refused = await officer(call, MIANYANG).patch(f"{PATH}/{body['id']}", json=patch, headers=if_match(body))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (status, code)
    assert (await officer(call, MIANYANG).get(f"{PATH}/{body['id']}")).json() == body


async def test_a_changed_fact_is_no_longer_of_the_source_that_never_said_it(call: Call) -> None:
    body = await create(officer(call), source="imported", evidence="登记证书 2015-17", as_of="2026-01-31")
    path = f"{PATH}/{body['id']}"

    async def patch(seen: dict[str, Any], **changes: Any) -> dict[str, Any]:
        answer = await officer(call).patch(path, json=changes, headers=if_match(seen))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def told(organization: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(organization.get(name) for name in ("source", "as_of", "evidence", "verified_by"))

    kept = await patch(body, name=body["name"])
    assert kept == body
    edited = await patch(kept, charter_scope="助学")
    assert told(edited) == ("reported", clock.today().isoformat(), None, None)
    proven = await patch(edited, charter_scope="支教", source="mirrored", evidence="登记系统")
    assert told(proven) == ("mirrored", clock.today().isoformat(), "登记系统", body["recorded_by"])
    cited = await patch(proven, evidence="登记系统 2026-11")
    assert told(cited) == ("mirrored", clock.today().isoformat(), "登记系统 2026-11", body["recorded_by"])
    unproven = {"charter_scope": "助老", "source": "imported"}
    refused = await officer(call).patch(path, json=unproven, headers=if_match(cited))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "evidence-missing")


async def test_a_patch_cannot_take_the_code_of_another(call: Call) -> None:
    await create(officer(call), 1)
    body = await create(officer(call), 2)
    patch = {"credit_code": credit_code(1)}
    refused = await officer(call).patch(f"{PATH}/{body['id']}", json=patch, headers=if_match(body))
    assert refused.status_code == 409


async def test_a_moved_registration_moves_the_record_with_it(call: Call) -> None:
    body = await create(officer(call, MIANYANG))
    patch = {"registered_division": MIANYANG}
    moved = await officer(call, MIANYANG).patch(f"{PATH}/{body['id']}", json=patch, headers=if_match(body))
    assert moved.json()["record_division"] == MIANYANG


@pytest.mark.parametrize(
    ("headers", "status", "slug"),
    [
        ({}, 428, "if-match-missing"),
        ({"If-Match": '"9"'}, 412, "stale"),
        ({"If-Match": "nine"}, 422, "if-match-unreadable"),
    ],
)
async def test_a_change_says_which_version_it_is_based_on(
    call: Call, headers: dict[str, str], status: int, slug: str
) -> None:
    body = await create(officer(call))
    for method, path, content in (
        ("PATCH", "", {"remark": "x"}),
        ("POST", "/activate", None),
        ("PUT", "/fundraiser", {"fundraiser_id": None}),
        ("PUT", "/credit-standing", {"status": "normal"}),
    ):
        answer = await officer(call).request(method, f"{PATH}/{body['id']}{path}", json=content, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/registry/problems/{slug}")


async def test_a_fundraiser_is_another_organization_on_record(call: Call) -> None:
    body = await create(officer(call), 1)
    charity = await create(
        officer(call, SICHUAN), 2, type="foundation", credit_code=credit_code(2, category="53"), name="某基金会",
        registered_division=NATIONAL,
    )  # fmt: skip
    path = f"{PATH}/{body['id']}/fundraiser"
    answer = await officer(call).put(path, json={"fundraiser_id": charity["id"]}, headers=if_match(body))
    assert (answer.status_code, answer.json()["fundraiser_id"], answer.headers["etag"]) == (200, charity["id"], '"2"')
    for wrong, code in ((body["id"], "fundraiser-is-self"), (str(new_id()), "fundraiser-not-found")):
        refused = await officer(call).put(path, json={"fundraiser_id": wrong}, headers=if_match(answer.json()))
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    ended = await officer(call).put(path, json={"fundraiser_id": None}, headers=if_match(answer.json()))
    assert ended.json()["fundraiser_id"] is None
