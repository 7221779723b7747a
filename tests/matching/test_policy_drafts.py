"""Drafting a policy: two people, a first day to come, and nothing that cannot be defended."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.matching.policies.models import PolicyDraft
from services.matching.policies.repository import PolicyRepository
from services.matching.scoring.policy import load_policy
from shared import clock
from shared.clock import AS_OF
from shared.contracts.codes import Role
from shared.testing import Call, Caller, SavepointDatabase
from tests.matching.pairing_steps import slug
from tests.matching.policy_drafts import DRAFTS, change_gate, draft, make_document, review

CURRENT = "/matching/v1/policies/current"
SHIPPED = load_policy()
CITED = make_document()["citations"]
pytestmark = pytest.mark.usefixtures("legal_day")


@pytest.fixture
def drafter(call: Call) -> Caller:
    return call(Role.PROVINCIAL_OFFICER, sub="li")


@pytest.fixture
def reviewer(call: Call) -> Caller:
    return call(Role.PROVINCIAL_OFFICER, sub="wang")


async def test_a_second_person_brings_a_draft_into_force(drafter: Caller, reviewer: Caller) -> None:
    draft_id = await draft(drafter)
    refused = await review(drafter, draft_id)
    assert (refused.status_code, slug(refused)) == (403, "reviewer-is-drafter")
    approved = await review(reviewer, draft_id)
    assert (approved.status_code, approved.json()["status"]) == (200, "approved"), approved.text
    assert (approved.json()["drafted_by"], approved.json()["reviewed_by"]) == ("li", "wang")
    assert slug(await review(reviewer, draft_id)) == "policy-draft-decided"
    listed = {one["version"]: one for one in (await drafter.get("/matching/v1/policies")).json()["items"]}
    assert (listed["2099-01"]["id"], listed["2099-01"]["document"]) == (draft_id, make_document())


async def test_a_review_says_which_version_was_read(drafter: Caller) -> None:
    draft_id = await draft(drafter)
    blind = await drafter.post(f"{DRAFTS}/{draft_id}/review", json={"decision": "approve"})
    assert blind.status_code == 428


async def test_a_returned_draft_says_why_and_holds_never(drafter: Caller, reviewer: Caller) -> None:
    draft_id = await draft(drafter)
    assert slug(await review(reviewer, draft_id, "return")) == "policy-return-needs-note"
    returned = await review(reviewer, draft_id, "return", note="依据不足")
    assert (returned.json()["status"], returned.json()["review_note"]) == ("returned", "依据不足")
    names = [one["version"] for one in (await drafter.get("/matching/v1/policies")).json()["items"]]
    assert "2099-01" not in names
    assert [one["id"] for one in (await drafter.get(DRAFTS)).json()["items"]] == [draft_id]


async def test_an_approved_version_takes_over_at_midnight_in_shanghai(
    drafter: Caller, reviewer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_id = await draft(drafter)
    assert (await review(reviewer, draft_id)).status_code == 200
    monkeypatch.delenv(AS_OF)
    found = []
    for moment in (datetime(2098, 12, 31, 15, 59, 59, tzinfo=UTC), datetime(2098, 12, 31, 16, 0, 0, tzinfo=UTC)):
        with monkeypatch.context() as at:
            at.setattr(clock, "now", lambda moment=moment: moment)
            day = clock.today()
        monkeypatch.setenv(AS_OF, day.isoformat())
        found.append((day, (await drafter.get(CURRENT)).json()["version"]))
        monkeypatch.delenv(AS_OF)
    assert found == [(date(2098, 12, 31), "2026-01"), (date(2099, 1, 1), "2099-01")]


async def test_a_draft_whose_first_day_has_come_is_not_approved(
    drafter: Caller, reviewer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft_id = await draft(drafter, valid_from="2026-11-23")
    monkeypatch.setenv(AS_OF, "2026-11-23")
    assert slug(await review(reviewer, draft_id)) == "policy-begins-too-early"


async def test_two_drafts_of_one_period_are_not_both_approved(drafter: Caller, reviewer: Caller) -> None:
    first = await draft(drafter, last_valid_on="2099-06-30")
    same, inside, around = [
        await draft(drafter, version=name, valid_from=begins, last_valid_on=ends)
        for name, begins, ends in (
            ("b", "2099-01-01", None), ("c", "2099-06-30", None), ("d", "2098-06-01", "2099-01-01"),
        )
    ]  # fmt: skip
    named = await draft(drafter, valid_from="2100-01-01")
    after = await draft(drafter, version="e", valid_from="2099-07-01")
    before = await draft(drafter, version="f", valid_from="2098-01-01", last_valid_on="2098-12-31")
    assert (await review(reviewer, first)).status_code == 200
    for late in (same, inside, around):
        assert slug(await review(reviewer, late)) == "policy-periods-overlap"
    assert slug(await review(reviewer, named)) == "policy-version-taken"
    assert [(await review(reviewer, free)).status_code for free in (after, before)] == [200, 200]
    late_draft = await drafter.post(DRAFTS, json={"document": make_document(version="g", valid_from="2099-03-01")})
    assert (late_draft.status_code, slug(late_draft)) == (409, "policy-periods-overlap")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"fit_weights": {**SHIPPED.fit_weights, "text": -60}}, "policy-value-out-of-range"),
        ({"fit_weights": {**SHIPPED.fit_weights, "text": 59}}, "policy-weights-unbalanced"),
        ({"fit_weights": {"text": 100}}, "policy-part-missing"),
        ({"fit_weights": {**SHIPPED.fit_weights, "luck": 0}}, "invalid-request"),
        ({"text_shares": {"meaning": 0.6, "terms": 0.6}}, "policy-weights-unbalanced"),
        ({"tilt_caps": {**SHIPPED.tilt_caps, "grassroots": 0.26}}, "policy-value-out-of-range"),
        ({"tilt_caps": {**SHIPPED.tilt_caps, "grassroots": 0.21}}, "policy-tilt-too-high"),
        ({"tilt_share_of_fit": 0.26}, "invalid-request"),
        ({"proposal_threshold": 1.5}, "policy-value-out-of-range"),
        ({"pushes_per_demand": 0}, "invalid-request"),
        ({"answer_working_days": 10_000_000}, "policy-value-out-of-range"),
        ({"designation_values": {"rich_county": 1}}, "policy-code-unknown"),
        ({"type_affinity": {"foundation": ["prayer"]}}, "policy-code-unknown"),
        ({"citations": dict[str, Any]()}, "policy-citation-missing"),
        ({"citations": {**CITED, "tilt_caps.grassroots": {"zh-CN": " ", "en": "x"}}}, "policy-citation-missing"),
        ({"allocation": {"floors": {"lifted_county_832": 1}}}, "policy-citation-missing"),
        ({"gates": {"E_REGION": change_gate("E_REGION")["E_REGION"]}}, "policy-part-missing"),
        ({"gates": None}, "invalid-request"),
        ({"gates": change_gate("E_REGION", effect="off")}, "policy-effect-forbidden"),
        ({"gates": change_gate("E_PROC_ANNUAL", effect="holds")}, "policy-effect-forbidden"),
        ({"gates": change_gate("H_ABNORMAL", effect="off")}, "policy-effect-forbidden"),
        ({"gates": change_gate("H_ANNUAL", effect="asks")}, "invalid-request"),
        ({"gates": change_gate("H_ANNUAL", remedy={"zh-CN": "", "en": "x"})}, "policy-gate-untold"),
        ({"gates": change_gate("H_ANNUAL", remedy={"zh-CN": "请拨打13800138000", "en": "x"})}, "invalid-request"),
        ({"groups_in_difficulty": ["rich_people"]}, "policy-code-unknown"),
        ({"rural_organization_levels": ["galactic"]}, "policy-code-unknown"),
        ({"title": {"zh-CN": "请拨打13800138000", "en": "x"}}, "invalid-request"),
        ({"allocation": {"floors": {"rich_county": 1}}}, "policy-code-unknown"),
        ({"allocation": {"floors": {"key_county_2021": -1}}}, "policy-value-out-of-range"),
        ({"valid_from": "2026-11-22"}, "policy-begins-too-early"),
        ({"last_valid_on": "2098-12-31"}, "policy-period-reversed"),
        ({"version": "2026-01"}, "policy-version-taken"),
        ({"valid_from": None}, "invalid-request"),
        ({"version": "a\u0000b"}, "policy-text-unusable"),
    ],
)
async def test_what_cannot_be_defended_is_refused(drafter: Caller, changes: dict[str, Any], problem: str) -> None:
    refused = await drafter.post(DRAFTS, json={"document": make_document(**changes)})
    status = 409 if problem == "policy-version-taken" else 422
    assert (refused.status_code, slug(refused)) == (status, problem), refused.text


async def test_a_refused_effect_says_what_is_permitted_and_why(drafter: Caller) -> None:
    gates = change_gate("E_PF_INVALID", effect="off")
    refused = await drafter.post(DRAFTS, json={"document": make_document(gates=gates)})
    assert refused.json()["errors"][0]["pointer"] == "/document/gates/E_PF_INVALID/effect"
    assert "慈善法" in refused.text


async def test_a_draft_from_before_a_rule_was_asked_for_is_not_approved(
    drafter: Caller, reviewer: Caller, database: SavepointDatabase
) -> None:
    document = make_document(citations={"tilt": CITED["tilt"]})
    del document["gates"]
    async with database.transaction() as session:
        old = await PolicyRepository(session).add_draft(PolicyDraft(document=document, drafted_by="li"))
    assert slug(await review(reviewer, str(old.id))) == "policy-citation-missing"
    assert slug(await review(reviewer, str(old.id), "return")) == "policy-return-needs-note"


async def test_only_the_province_comes_to_drafts(call: Call, drafter: Caller) -> None:
    draft_id = await draft(drafter)
    for role in (Role.RURAL_OFFICER, Role.ORGANIZATION, Role.SYSTEM_ADMINISTRATOR):
        assert (await call(role).get(f"{DRAFTS}/{draft_id}")).status_code == 403
        assert (await call(role).post(DRAFTS, json={"document": make_document()})).status_code == 403
    assert slug(await drafter.get(f"{DRAFTS}/00000000-0000-7000-8000-000000000000")) == "policy-draft-not-found"
