"""Reviews: one mechanism for demands and supplies, by the right office, never by who submitted."""

from uuid import uuid4

import pytest

from shared.contracts.codes import Role
from tests.projects.library import COUNTY, Library, change, ok, path_of, problem, seen

PATH = "/projects/v1/reviews"


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("return", "returned")])
@pytest.mark.parametrize("kind", ["demand", "supply"])
async def test_a_review_approves_or_returns_the_version_that_was_seen(
    library: Library, kind: str, decision: str, status: str
) -> None:
    thing = await (library.demand if kind == "demand" else library.supply)("submitted")
    officer = library.reviewer if kind == "demand" else library.civil_reviewer
    review = ok(await library.review(kind, thing, officer, decision=decision, note="请补充资金来源"), 201)
    assert (review["decision"], review["subject_version"]) == (decision, thing["version"])
    assert ok(await library.province.get(path_of(kind, thing)))["status"] == status
    assert ok(await library.province.get(PATH, params={"subject_id": thing["id"]}))["items"] == [review]
    assert (await library.events())[-1]["reason"] == status


@pytest.mark.parametrize("kind", ["demand", "supply"])
async def test_nobody_reviews_what_he_submitted(library: Library, kind: str) -> None:
    if kind == "demand":
        thing, submitter = await library.demand("submitted"), library.clerk
    else:
        draft = await library.supply("draft")
        path = f"{path_of(kind, draft)}/submit"
        headers = {"If-Match": f'"{draft["version"]}"'}
        thing, submitter = ok(await library.civil_affairs.post(path, headers=headers)), library.civil_affairs
    refused = await library.review(kind, thing, submitter)
    assert problem(refused) == (403, "reviewer-is-submitter", "/subject_id")
    assert ok(await library.province.get(path_of(kind, thing)))["status"] == "submitted"


@pytest.mark.parametrize("kind", ["demand", "supply"])
async def test_nobody_approves_what_he_edited_last_but_may_return_it(library: Library, kind: str) -> None:
    draft = await (library.demand if kind == "demand" else library.supply)("draft")
    reviewer = library.reviewer if kind == "demand" else library.civil_reviewer
    author = library.clerk if kind == "demand" else library.organization
    path = path_of(kind, draft)
    rewritten = ok(await reviewer.patch(path, json={"title": "审核人改写的名称"}, headers=seen(draft)))
    submitted = ok(await change(author, f"{path}/submit", rewritten))
    refused = await library.review(kind, submitted, reviewer)
    assert problem(refused) == (403, "reviewer-is-editor", "/subject_id")
    ok(await library.review(kind, submitted, reviewer, decision="return", note="请由报送人确认"), 201)
    returned = ok(await author.get(path))
    edited = ok(await author.patch(path, json={"title": "报送人确认的名称"}, headers=seen(returned)))
    ok(await library.review(kind, ok(await change(author, f"{path}/submit", edited)), reviewer), 201)


async def test_a_return_needs_a_note_without_personal_data(library: Library) -> None:
    demand = await library.demand("submitted")
    for note in ({}, {"note": "  "}):
        refused = await library.review("demand", demand, library.reviewer, decision="return", **note)
        assert problem(refused) == (422, "return-needs-note", "/note")
    told = await library.review("demand", demand, library.reviewer, note="请联系13912345678")
    assert problem(told)[2] == "/note"
    assert "13912345678" not in told.text


async def test_each_kind_is_reviewed_by_its_own_office(library: Library) -> None:
    demand, supply = await library.demand("submitted"), await library.supply("submitted")
    for kind, thing, officer in (("demand", demand, library.civil_reviewer), ("supply", supply, library.reviewer)):
        assert problem(await library.review(kind, thing, officer))[:2] == (403, "not-reviewed-by-this-role")
    for outsider in (library.editor, library.organization, library.province):
        assert problem(await library.review("demand", demand, outsider))[:2] == (403, "not-allowed")


async def test_another_place_does_not_learn_of_what_is_to_be_reviewed(library: Library) -> None:
    demand, supply = await library.demand("submitted"), await library.supply("submitted")
    hidden = await library.review("demand", demand, library.other_county)
    assert problem(hidden) == (404, "demand-not-found", "/subject_id")
    hidden = await library.review("supply", supply, library.other_civil_affairs)
    assert problem(hidden) == (404, "supply-not-found", "/subject_id")
    public = await library.demand()
    assert problem(await library.review("demand", public, library.other_county))[:2] == (403, "out-of-scope")
    listed = await library.supply()
    assert problem(await library.review("supply", listed, library.other_civil_affairs))[:2] == (403, "out-of-scope")
    unknown = await library.review("demand", {"id": str(uuid4()), "version": 1}, library.reviewer)
    assert problem(unknown)[:2] == (404, "demand-not-found")


@pytest.mark.parametrize("state", ["draft", "approved", "published", "closed", "returned"])
async def test_only_what_is_submitted_is_reviewed(library: Library, state: str) -> None:
    demand = await library.demand(state)
    assert problem(await library.review("demand", demand, library.reviewer))[:2] == (409, "demand-state-forbids")


async def test_a_version_that_has_changed_meanwhile_is_not_reviewed(library: Library) -> None:
    demand = await library.demand("submitted")
    stale = await library.review("demand", demand | {"version": 1}, library.reviewer)
    assert problem(stale)[:2] == (412, "stale")
    body = {"subject_kind": "demand", "subject_id": demand["id"], "decision": "approve"}
    assert problem(await library.reviewer.post(PATH, json=body))[:2] == (428, "if-match-missing")


async def test_notes_are_seen_by_the_own_side_only(library: Library) -> None:
    demand, supply = await library.demand("returned"), await library.supply("returned")

    async def subjects(caller_role: Role, **scope: object) -> set[str]:
        caller = library.call(caller_role, **scope)
        return {one["subject_id"] for one in ok(await caller.get(PATH))["items"]}

    assert await subjects(Role.RURAL_OFFICER, division=COUNTY) == {demand["id"]}
    assert await subjects(Role.RURAL_OFFICER, division="510722000000") == set()
    assert await subjects(Role.ORGANIZATION, organization_id=library.organization_id) == {supply["id"]}
    assert await subjects(Role.ORGANIZATION, organization_id=uuid4()) == set()
    assert await subjects(Role.CIVIL_AFFAIRS_OFFICER, division="510000000000") == {supply["id"]}
    assert await subjects(Role.PROVINCIAL_OFFICER) == {demand["id"], supply["id"]}
    assert problem(await library.service.get(PATH))[:2] == (403, "not-allowed")
