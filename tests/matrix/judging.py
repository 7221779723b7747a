"""Ask every route as everybody and compare what they meet with what the table expects."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from shared.contracts.codes import Role
from tests.matrix.opening import Opened
from tests.matrix.rules import KNOWN, UNKNOWN, May, Objects, Outcome, Rule, Scope

FILE = {"file": ("file.csv", b"a,b\n1,2\n")}


@dataclass
class Report:
    """What was asked and what was not as expected."""

    routes: set[str] = field(default_factory=set)
    cases: int = 0
    surprises: list[str] = field(default_factory=list)
    granted: Counter[tuple[str, Role | None]] = field(default_factory=Counter)
    seen: set[tuple[str, Role]] = field(default_factory=set)

    def numbers(self) -> dict[str, int]:
        """Return what the command prints; the public is a role."""
        return {
            "routes": len(self.routes),
            "roles": len(Role) + 1,
            "scopes": len(Scope),
            "cases": self.cases,
            "surprises": len(self.surprises),
        }


class Judge:
    """Asks one service."""

    def __init__(self, opened: Opened, secrets: Mapping[str, May], report: Report) -> None:
        self._opened, self._secrets, self.report = opened, secrets, report

    async def judge(self, rules: Sequence[Rule]) -> None:
        """Ask every route of the document by its rules; a route without a rule is a surprise, and so is the reverse."""
        documented, expected = set(self._opened.routes), {rule.route for rule in rules}
        self.report.routes |= documented
        self._surprise(f"{route}: no rule says who may use it" for route in sorted(documented - expected))
        self._surprise(f"{route}: there is no such route" for route in sorted(expected - documented))
        self._surprise(self._find_other_roles(rules))
        for rule in rules:
            if rule.route in documented:
                await self.judge_rule(rule)
        self._surprise(
            f"{self._opened.service}: nobody as {role} ever saw {secret}, who may"
            for secret, may in self._secrets.items()
            for role in may
            if (secret, role) not in self.report.seen
        )

    def _find_other_roles(self, rules: Sequence[Rule]) -> Iterable[str]:
        """Compare the roles that the OpenAPI document lets in, from the table of permissions, with those expected."""
        expected: dict[str, set[str]] = {}
        for rule in rules:
            expected.setdefault(rule.route, set()).update({"public"} if rule.is_open else {*rule.may})
        for route, operation in self._opened.routes.items():
            differing = {*operation["x-roles"]} ^ expected.get(route, {*operation["x-roles"]})
            if differing:
                yield f"{route}: the table of permissions and the rules differ about {sorted(differing)}"

    async def judge_rule(self, rule: Rule) -> None:
        """Ask one route for one object, as everybody."""
        await self._case(rule, None, Scope.NO_TOKEN)
        for role in Role:
            for scope in (*KNOWN, *(one for one in UNKNOWN if one is not Scope.NO_TOKEN)):
                await self._case(rule, role, scope)
            if role not in rule.may:
                await self._bare_case(rule, role)
        await self._bare_case(rule, None)

    async def _case(self, rule: Rule, role: Role | None, scope: Scope) -> None:
        expected = rule.expects(role, scope)
        objects = self._objects_of(role)
        answer = await self._opened.ask(self._request(rule, role, scope, objects))
        met = classify(answer, rule, objects)
        self.report.cases += 1
        who = f"{rule.route} as {role or 'public'} from {scope}"
        if met != expected:
            self._surprise([f"{who}: {met} instead of {expected}{_given(rule)}"])
        if met is Outcome.GRANTED:
            self.report.granted[rule.route, role] += 1
        if answer.is_success and role:
            self._look_for_secrets(answer.text, role, scope, who)
        if expected is Outcome.HIDDEN or (expected is Outcome.REFUSED and scope is Scope.OWN):
            await self._compare_with_missing(rule, role, scope, answer, who)

    async def _bare_case(self, rule: Rule, role: Role | None) -> None:
        """Send no body, no version and no key: who may not do it is not told what is missing."""
        if rule.method == "GET" or rule.is_open:  # a GET has nothing to leave out
            return
        path, expected = _fill(rule, self._objects_of(role)), rule.expects(role, Scope.OWN)
        request = self._opened.client.build_request(rule.method, path, headers=self._token(role, Scope.OWN))
        met = classify(await self._opened.ask(request), rule, {})
        self.report.cases += 1
        if met != expected:
            self._surprise([f"{rule.route} as {role or 'public'} with nothing sent: {met} instead of {expected}"])

    async def _compare_with_missing(
        self, rule: Rule, role: Role | None, scope: Scope, answer: httpx.Response, who: str
    ) -> None:
        """Ask for an object that does not exist: the refusals must not differ in anything but the request's id."""
        missing = {
            name: _missing(value) if rule.hides in {None, name} else value
            for name, value in self._objects_of(role).items()
        }
        if not ("{" in rule.path or rule.body):
            return
        other = await self._opened.ask(self._request(rule, role, scope, missing))
        self.report.cases += 1
        if _told(answer) != _told(other):
            differing = f"{_told(answer)}"[:200], f"{_told(other)}"[:200]
            self._surprise([f"{who}: the refusal tells whether the object exists: {differing}{_given(rule)}"])

    def _look_for_secrets(self, text: str, role: Role, scope: Scope, who: str) -> None:
        for secret, may in self._secrets.items():
            if self._opened.secrets[secret] not in text:
                continue
            rule = Rule(secret, may)
            if rule.expects(role, scope) is Outcome.GRANTED:
                self.report.seen.add((secret, role))
            else:
                self._surprise([f"{who}: sees {secret}"])

    def _objects_of(self, role: Role | None) -> Objects:
        """Return the objects, of those that belong to roles the role's own."""
        chosen = {}
        for name, value in self._opened.objects.items():
            own = isinstance(value, dict) and isinstance(next(iter(value), None), Role)
            chosen[name] = value.get(role, str(uuid4())) if own else value
        return chosen

    def _request(self, rule: Rule, role: Role | None, scope: Scope, objects: Objects) -> httpx.Request:
        headers = self._token(role, scope)
        if rule.method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        if rule.seen:
            headers["If-Match"] = self._opened.versions[rule.seen]
        given: dict[str, Any] = {"json": rule.body(objects)} if rule.body else {}
        if rule.form:
            given = {"data": rule.form, "files": FILE}
        return self._opened.client.build_request(
            rule.method, _fill(rule, objects), headers=headers, params=rule.query or None, **given
        )

    def _token(self, role: Role | None, scope: Scope) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._opened.tokens[role, scope]}"} if role else {}

    def _surprise(self, found: Iterable[str]) -> None:
        self.report.surprises += found


def _fill(rule: Rule, objects: Objects) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        given = rule.given.get(name, name)
        return str(objects.get(given, given if name in rule.given else uuid4()))

    return re.sub(r"\{(\w+)\}", value, rule.path)


def _missing(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _missing(one) for name, one in value.items()}
    return str(uuid4()) if re.fullmatch(r"[0-9a-f-]{36}", str(value)) else value


def classify(answer: httpx.Response, rule: Rule, objects: Objects) -> Outcome | str:
    """Name what an answer means to who asked."""
    status = answer.status_code
    if status == rule.answers or (answer.is_success and rule.answers is None):
        if rule.shows and str(objects[rule.shows]) not in answer.text:
            return Outcome.EMPTY
        return Outcome.GRANTED
    slug = str(answer.json().get("type", "")).rpartition("/")[2] if status >= 400 else ""
    if status == 403:
        return Outcome.REFUSED if slug in {"not-allowed", "grant-needed"} else Outcome.OUTSIDE
    return {401: Outcome.NOBODY, 404: Outcome.HIDDEN}.get(status, f"{status} {slug}")


def _told(answer: httpx.Response) -> tuple[int, Any]:
    said = answer.json()
    said.pop("instance", None)
    return answer.status_code, said


def _given(rule: Rule) -> str:
    return f" ({', '.join(rule.given.values())})" if rule.given else ""
