"""Every route as every role from every scope: who may do it does it, and nobody else learns anything."""

import pytest

from shared.auth.roles import ADMINISTRATORS, BUSINESS
from shared.contracts.codes import Role
from tests.matrix.expected import RULES
from tests.matrix.judging import Judge, Report
from tests.matrix.opening import Opened
from tests.matrix.rules import Outcome, Scope

pytestmark = pytest.mark.xdist_group("matrix")
REFERENCE_DATA = {"GET /registry/v1/divisions", "GET /registry/v1/divisions/{code}"}
GRANTS = {"GET /registry/v1/grants", "POST /registry/v1/grants/{grant_id}/revoke"}
"""Who granted sees and ends a grant, and so does who administers the clients."""
OPEN = {rule.route for rules in RULES.values() for rule in rules if rule.is_open}


async def test_nobody_meets_anything_but_what_the_design_says(report: Report) -> None:
    assert not report.surprises, "\n".join(report.surprises)


async def test_every_route_of_the_three_documents_was_asked_by_every_role_in_every_way(
    report: Report, opened: dict[str, Opened]
) -> None:
    assert report.routes == {route for service in opened.values() for route in service.routes}
    assert report.numbers()["roles"] == len(Role) + 1
    assert report.numbers()["scopes"] == 6
    # Each role from three scopes and twice as nobody, and the public.
    assert report.cases >= len(report.routes) * (len(Role) * 5 + 1)


async def test_every_route_is_of_use_to_somebody(report: Report) -> None:
    useless = report.routes - {route for route, _ in report.granted}
    assert not useless


async def test_the_three_administrators_do_neither_each_other_s_work_nor_any_business(report: Report) -> None:
    work = {role: _routes_of(report, role) - OPEN - REFERENCE_DATA - GRANTS for role in Role}
    business = set().union(*(work[role] for role in BUSINESS | {Role.SERVICE}))
    for administrator in ADMINISTRATORS:
        others = set().union(*(work[other] for other in ADMINISTRATORS - {administrator}))
        assert not work[administrator] & others
        assert not work[administrator] & business
    assert work[Role.SECURITY_ADMINISTRATOR] >= {"POST /registry/v1/api-clients", "GET /registry/v1/api-clients"}


async def test_a_route_without_a_rule_and_a_rule_without_a_route_are_surprises(opened: dict[str, Opened]) -> None:
    found = Report()
    rules = [rule for rule in RULES["registry"] if rule.is_open]
    await Judge(opened["registry"], {}, found).judge(rules)
    assert "POST /registry/v1/api-clients: no rule says who may use it" in found.surprises
    found = Report()
    await Judge(opened["projects"], {}, found).judge(rules[:1])
    assert f"{rules[0].route}: there is no such route" in found.surprises


async def test_a_rule_refuses_the_roles_it_does_not_name_and_who_is_not_known() -> None:
    rule = next(one for one in RULES["projects"] if one.route == "POST /projects/v1/demands/{demand_id}/publish")
    assert rule.expects(Role.RURAL_OFFICER, Scope.OWN) is Outcome.GRANTED
    assert rule.expects(Role.RURAL_OFFICER, Scope.SIBLING) is Outcome.HIDDEN
    assert rule.expects(Role.PROVINCIAL_OFFICER, Scope.OWN) is Outcome.REFUSED
    assert rule.expects(Role.RURAL_OFFICER, Scope.EXPIRED) is Outcome.NOBODY
    assert rule.expects(None, Scope.NO_TOKEN) is Outcome.NOBODY


def _routes_of(report: Report, role: Role) -> set[str]:
    return {route for route, granted in report.granted if granted is role}
