"""An application that acts for somebody does what it is granted, and nothing else, on every route."""

import pytest

from services.matching.permissions import PERMISSIONS
from shared.auth import access
from shared.contracts.codes import GrantScope
from shared.contracts.scopes import SCOPE_OF_ACTION
from shared.testing import TestIssuer
from tests.matrix.expected import RULES
from tests.matrix.granting import GrantJudge
from tests.matrix.judging import Report
from tests.matrix.opening import Opened

pytestmark = pytest.mark.xdist_group("matrix")


@pytest.fixture(scope="module")
async def granted_report(opened: dict[str, Opened], issuer: TestIssuer) -> Report:
    report = Report()
    for service, rules in RULES.items():
        judge = GrantJudge(opened[service], issuer, report)
        for rule in rules:
            await judge.judge_rule(rule)
    return report


async def test_an_application_does_what_it_is_granted_and_nothing_else(granted_report: Report) -> None:
    assert not granted_report.surprises, "\n".join(granted_report.surprises)
    assert granted_report.cases > 500


async def test_every_scope_is_of_use_on_some_route(granted_report: Report, opened: dict[str, Opened]) -> None:
    actions = {opened[route.split("/")[1]].routes[route]["x-action"] for route, _ in granted_report.granted}
    assert {SCOPE_OF_ACTION[action] for action in actions} == set(GrantScope)


async def test_a_scope_that_is_not_asked_for_is_a_surprise(
    opened: dict[str, Opened], issuer: TestIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "release_holds" in PERMISSIONS
    report, route = Report(), "POST /matching/v1/pairings/{pairing_id}/release-hold"
    [rule] = [one for one in RULES["matching"] if one.route == route]
    with monkeypatch.context() as patched:
        patched.setattr(access, "SCOPE_OF_ACTION", {"release_holds": GrantScope.PAIRINGS_ANSWER})
        await GrantJudge(opened["matching"], issuer, report).judge_rule(rule)
    assert report.surprises
