"""Credit standing, annual checks and assessments are recorded with their source, and their history is kept."""

from typing import Any

import pytest

from shared.contracts.codes import Role
from shared.testing import Call
from tests.registry.records import PATH, ZHAOJUE, activate, create, if_match, officer

MIRRORED = {"source": "mirrored", "as_of": "2026-06-30", "evidence": "省社会组织信用信息平台"}


@pytest.fixture
async def organization(call: Call, places: None) -> dict[str, Any]:
    return await activate(officer(call), await create(officer(call)))


async def record(call: Call, organization: dict[str, Any], what: str, **content: Any) -> dict[str, Any]:
    answer = await officer(call).put(
        f"{PATH}/{organization['id']}/{what}", json=content, headers=if_match(organization)
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["version"] == organization["version"] + 1
    assert answer.headers["etag"] == f'"{body["version"]}"'
    return body


async def test_a_standing_is_in_force_since_its_day_and_its_history_is_kept(
    call: Call, organization: dict[str, Any]
) -> None:
    listed = await record(call, organization, "credit-standing", status="abnormal", listed_on="2026-03-01", **MIRRORED)
    assert (listed["credit_status"], listed["credit_listed_on"]) == ("abnormal", "2026-03-01")
    cleared = await record(call, listed, "credit-standing", status="normal")
    assert (cleared["credit_status"], cleared["credit_listed_on"]) == ("normal", None)
    path = f"{PATH}/{organization['id']}/supervision-records"
    history = (await officer(call).get(path)).json()["items"]
    assert [(one["credit_status"], one["listed_on"], one["source"]) for one in history] == [
        ("normal", None, "reported"),
        ("abnormal", "2026-03-01", "mirrored"),
    ]
    assert history[1]["evidence"] == MIRRORED["evidence"]
    assert (history[1]["verified_by"], history[0]["verified_by"]) == (organization["recorded_by"], None)
    assert history[0]["recorded_by"] == organization["recorded_by"]


async def test_the_latest_year_s_check_is_in_force_and_earlier_ones_are_history(
    call: Call, organization: dict[str, Any]
) -> None:
    latest = await record(call, organization, "annual-checks/2025", result="passed")
    earlier = await record(call, latest, "annual-checks/2023", result="failed")
    assert (earlier["annual_check_year"], earlier["annual_check_result"]) == (2025, "passed")
    mended = await record(call, earlier, "annual-checks/2025", result="basically_passed")
    assert (mended["annual_check_year"], mended["annual_check_result"]) == (2025, "basically_passed")
    path = f"{PATH}/{organization['id']}/supervision-records"
    history = (await officer(call).get(path, params={"kind": "annual_check"})).json()["items"]
    assert [(one["year"], one["result"]) for one in history] == [
        (2025, "basically_passed"),
        (2023, "failed"),
        (2025, "passed"),
    ]
    assert (await officer(call).get(path, params={"kind": "assessment"})).json()["items"] == []


async def test_an_assessment_has_a_grade_until_its_last_day_or_none(call: Call, organization: dict[str, Any]) -> None:
    graded = await record(call, organization, "assessment", grade="4A", last_valid_on="2029-05-31")
    assert (graded["assessment_grade"], graded["assessment_last_valid_on"]) == ("4A", "2029-05-31")
    ended = await record(call, graded, "assessment", grade=None)
    assert (ended["assessment_grade"], ended["assessment_last_valid_on"]) == (None, None)


@pytest.mark.parametrize(
    ("what", "content", "pointer", "code"),
    [
        ("credit-standing", {"status": "abnormal"}, "/listed_on", "listed-date-missing"),
        ("credit-standing", {"status": "normal", "listed_on": "2026-01-01"}, "/listed_on", "listed-date-unexpected"),
        ("credit-standing", {"status": "abnormal", "listed_on": "2999-01-01"}, "/listed_on", "date-in-future"),
        ("credit-standing", {"status": "bad"}, "/status", "enum"),
        ("credit-standing", {"status": "normal", "source": "imported"}, "/evidence", "evidence-missing"),
        ("annual-checks/2099", {"result": "passed"}, "path/year", "year-not-concluded"),
        ("annual-checks/1800", {"result": "passed"}, "path/year", "greater_than_equal"),
        ("annual-checks/2025", {"result": "good"}, "/result", "enum"),
        ("assessment", {"grade": "6A"}, "/grade", "enum"),
        ("assessment", {}, "/grade", "missing"),
        ("assessment", {"grade": None, "last_valid_on": "2029-05-31"}, "/last_valid_on", "last-day-unexpected"),
    ],
)
async def test_a_wrong_fact_is_refused_at_its_field(
    call: Call, organization: dict[str, Any], what: str, content: dict[str, Any], pointer: str, code: str
) -> None:
    path = f"{PATH}/{organization['id']}/{what}"
    refused = await officer(call).put(path, json=content, headers=if_match(organization))
    assert refused.status_code == 422
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [(pointer, code)]


async def test_a_stale_record_is_refused(call: Call, organization: dict[str, Any]) -> None:
    await record(call, organization, "assessment", grade="3A")
    for what, content in (("assessment", {"grade": "4A"}), ("annual-checks/2025", {"result": "passed"})):
        path = f"{PATH}/{organization['id']}/{what}"
        refused = await officer(call).put(path, json=content, headers=if_match(organization))
        assert (refused.status_code, refused.json()["type"]) == (412, "/registry/problems/stale")


async def test_the_history_is_for_the_office_the_province_and_the_organization(
    call: Call, organization: dict[str, Any]
) -> None:
    path = f"{PATH}/{organization['id']}/supervision-records"
    assert (await call(Role.PROVINCIAL_OFFICER).get(path)).status_code == 200
    assert (await call(Role.ORGANIZATION, organization_id=organization["id"]).get(path)).status_code == 200
    assert (await call(Role.RURAL_OFFICER, division=ZHAOJUE).get(path)).status_code == 404
    itself = call(Role.ORGANIZATION, organization_id=organization["id"])
    refused = await itself.put(
        f"{PATH}/{organization['id']}/assessment", json={"grade": "5A"}, headers=if_match(organization)
    )
    assert refused.status_code == 403
