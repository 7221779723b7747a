"""Nothing is offered or asked for in a period that is over."""

import pytest

from tests.projects.library import COMPLETE, DEMAND, SUPPLY, Library, change, ok, path_of, problem, seen

TODAY, YESTERDAY = "2026-11-22", "2026-11-21"
BOTH = pytest.mark.parametrize("kind", ["demand", "supply"])


@pytest.fixture(autouse=True)
def the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIANGQIAO_AS_OF", TODAY)


@BOTH
async def test_a_period_that_is_over_is_refused_when_it_is_written_down(library: Library, kind: str) -> None:
    fault = (422, f"{kind}-period-over", "/ends_on")
    officer, body = (library.clerk, DEMAND | COMPLETE) if kind == "demand" else (library.organization, SUPPLY)
    path = path_of(kind, {"id": ""})[:-1]
    assert problem(await officer.post(path, json=body | {"ends_on": YESTERDAY})) == fault
    draft = ok(await officer.post(path, json=body | {"ends_on": TODAY}), 201)
    refused = await officer.patch(path_of(kind, draft), json={"ends_on": YESTERDAY}, headers=seen(draft))
    assert problem(refused) == fault


@BOTH
async def test_a_draft_whose_period_is_over_by_now_is_not_submitted(
    library: Library, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, owner = (library.demand, library.clerk) if kind == "demand" else (library.supply, library.organization)
    draft = await make("draft", ends_on=TODAY)
    monkeypatch.setenv("XIANGQIAO_AS_OF", "2026-11-23")
    refused = await change(owner, f"{path_of(kind, draft)}/submit", draft)
    assert problem(refused) == (422, f"{kind}-period-over", "/ends_on")
    edited = ok(await owner.patch(path_of(kind, draft), json={"ends_on": "2026-11-23"}, headers=seen(draft)))
    ok(await change(owner, f"{path_of(kind, draft)}/submit", edited))
