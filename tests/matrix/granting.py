"""Ask every route as an application that acts for somebody: with the scope of the route alone, and with all others."""

import re
from collections.abc import Collection

from shared.contracts.codes import GrantScope, Role
from shared.contracts.scopes import GRANTORS, SCOPE_OF_ACTION
from shared.testing import TestIssuer, granted
from tests.matrix.callers import claims, subject
from tests.matrix.judging import Judge, Report, classify
from tests.matrix.opening import Opened
from tests.matrix.rules import Outcome, Rule, Scope

NOT_GRANTED = "403 not granted"
OFFICIALS_ONLY = {"policy_gap", "monitored_persons", "monitored_share"}
"""The marks of what no application sees, whatever it was granted (visibility class ``officials``)."""


class GrantJudge(Judge):
    """Asks one service in the name of every grantor, from its own scope."""

    def __init__(self, opened: Opened, issuer: TestIssuer, report: Report) -> None:
        super().__init__(opened, {}, report)
        self._issuer, self._scopes = issuer, frozenset[str]()

    async def judge_rule(self, rule: Rule) -> None:
        """Ask one route for one object."""
        if rule.is_open:
            return
        own = SCOPE_OF_ACTION.get(self._opened.routes[rule.route]["x-action"])
        for role in sorted(GRANTORS):
            refused = NOT_GRANTED if role in rule.may else Outcome.REFUSED
            await self._ask(rule, role, set(GrantScope) - {own}, refused)
            if own is not None:
                await self._ask(rule, role, {own, *rule.needs}, self._expect(rule, role, own))
                if rule.needs:
                    await self._ask(rule, role, {own}, refused)

    def _expect(self, rule: Rule, role: Role, own: GrantScope) -> str:
        """Return what the grantor itself meets; its own subscriptions are no business of its applications."""
        expected = rule.expects(role, Scope.OWN)
        names_one = rule.shows is not None or "{" in rule.path
        if own is GrantScope.SUBSCRIPTIONS_MANAGE and names_one and expected is Outcome.GRANTED:
            return rule.beyond
        return rule.beyond if rule.officials_only and expected is Outcome.GRANTED else expected

    async def _ask(self, rule: Rule, role: Role, scopes: Collection[str], expected: str) -> None:
        self._scopes = frozenset(scopes)
        objects = self._objects_of(role)
        answer = await self._opened.ask(self._request(rule, role, Scope.OWN, objects))
        met = (
            NOT_GRANTED
            if re.search(r"/problems/[a-z-]*not-granted\b", answer.text)
            else classify(answer, rule, objects)
        )
        self.report.cases += 1
        if met != expected:
            self.report.surprises.append(
                f"{rule.route} as an application for {role} with {sorted(scopes)}: {met} instead of {expected}"
            )
        if answer.is_success:
            self._surprise(
                f"{rule.route} as an application for {role}: sees {secret}"
                for secret in OFFICIALS_ONLY & self._opened.secrets.keys()
                if self._opened.secrets[secret] in answer.text
            )
        if met is Outcome.GRANTED:
            self.report.granted[rule.route, role] += 1

    def _token(self, role: Role | None, scope: Scope) -> dict[str, str]:
        assert role is not None
        said = claims(role, scope, self._opened.organizations) | granted(*self._scopes)
        return {"Authorization": f"Bearer {self._issuer.token(role, sub=subject(role, scope), **said)}"}
