"""The supervising unit of an organization comments on its supplies under review; the office decides."""

from uuid import uuid4

from shared.contracts.codes import Role
from shared.testing import SavepointDatabase
from tests.projects.library import Library, change, ok, path_of, problem
from tests.shared.audit.log import entries_of

PATH = "/projects/v1/reviews"
COMMENT = {"decision": "comment", "note": "业务对口,建议通过"}


async def test_the_supervising_unit_comments_and_the_office_reads_it_and_decides(
    library: Library, database: SavepointDatabase
) -> None:
    unit = library.call(Role.SUPERVISING_UNIT, organization_id=library.organization_id, sub="unit")
    draft = await library.supply("draft")
    assert problem(await unit.get(path_of("supply", draft)))[0] == 404
    supply = ok(await change(library.organization, f"{path_of('supply', draft)}/submit", draft))
    assert ok(await unit.get(path_of("supply", supply)))["remark"] == supply["remark"]
    comment = ok(await library.review("supply", supply, unit, **COMMENT), 201)
    assert (comment["decision"], comment["reviewed_by"]) == ("comment", "unit")
    assert ok(await library.civil_reviewer.get(PATH, params={"subject_id": supply["id"]}))["items"] == [comment]
    assert ok(await library.province.get(path_of("supply", supply)))["status"] == "submitted"
    (entry,) = [one for one in await entries_of(database) if one.object_id == comment["id"]]
    assert (entry.subject, entry.role, entry.object_type) == ("unit", "supervising_unit", "reviews")
    approved = ok(await library.review("supply", supply, library.civil_reviewer), 201)
    assert ok(await unit.get(PATH))["items"] == [approved, comment]
    late = await library.review("supply", ok(await unit.get(path_of("supply", supply))), unit, **COMMENT)
    assert problem(late) == (409, "supply-not-under-review", "/subject_id")


async def test_a_unit_decides_nothing_and_an_office_does_not_comment(library: Library) -> None:
    unit = library.call(Role.SUPERVISING_UNIT, organization_id=library.organization_id, sub="unit")
    supply, demand = await library.supply("submitted"), await library.demand("submitted")
    for decision in ("approve", "return"):
        refused = await library.review("supply", supply, unit, decision=decision, note="同意")
        assert problem(refused) == (403, "comments-only", "/decision")
    office = await library.review("supply", supply, library.civil_reviewer, **COMMENT)
    assert problem(office) == (403, "comments-only", "/decision")
    assert problem(await library.review("demand", demand, unit, **COMMENT))[1] == "not-reviewed-by-this-role"
    silent = await library.review("supply", supply, unit, decision="comment")
    assert problem(silent) == (422, "comment-needs-note", "/note")


async def test_the_unit_of_another_organization_neither_sees_nor_comments(library: Library) -> None:
    other = library.call(Role.SUPERVISING_UNIT, organization_id=uuid4(), sub="other-unit")
    supply, listed = await library.supply("submitted"), await library.supply()
    assert problem(await library.review("supply", supply, other, **COMMENT))[:2] == (404, "supply-not-found")
    assert problem(await library.review("supply", listed, other, **COMMENT))[:2] == (403, "out-of-scope")
    assert ok(await other.get(PATH))["items"] == []
