"""Divisions and organizations in the read models, and demands and supplies brought to any state over HTTP."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.projects.divisions.consumers import apply_divisions
from services.projects.organizations.consumers import apply_organizations
from shared import clock
from shared.contracts.codes import CreditStatus, EnrolmentStatus, OrganizationLevel, OrganizationType, Role
from shared.contracts.codes import RegistrationStatus as Registration
from shared.contracts.events import CloudEvent
from shared.contracts.registry import (
    DIVISION_CHANGED,
    ORGANIZATION_CHANGED,
    DivisionSnapshot,
    OrganizationSnapshot,
)
from shared.db import Database, new_id
from shared.testing import Call, Caller

COUNTY, TOWN, VILLAGE = "513431000000", "513431100000", "513431100201"
OTHER_COUNTY, PROVINCE, NATION = "510722000000", "510000000000", "100000000000"
DIVISIONS = [
    (PROVINCE, "四川省", None, "province"),
    ("513400000000", "凉山彝族自治州", PROVINCE, "prefecture"),
    (COUNTY, "昭觉县", "513400000000", "county"),
    (TOWN, "新城镇", COUNTY, "town"),
    ("510700000000", "绵阳市", PROVINCE, "prefecture"),
    (OTHER_COUNTY, "三台县", "510700000000", "county"),
    ("440000000000", "广东省", None, "province"),
    ("441900000000", "东莞市", "440000000000", "prefecture"),
]
DEMAND = {
    "title": "核桃低产林改造",
    "description": "两千亩核桃多年不挂果,盼有懂技术的人来教嫁接和修剪。",
    "division": TOWN,
    "ends_on": "2099-12-31",
    "persons": 320,
}
COMPLETE = {
    "policy_gap": "产业奖补不含嫁接培训",
    "beneficiary_groups": ["farmers"],
    "monitored_persons": 3,
    "fields": ["agritech"],
    "help_forms": ["expertise"],
    "remark": "尽快",
}
SUPPLY = {
    "title": "果树嫁接田间课堂",
    "description": "农技专家每季度到村授课,手把手教嫁接与修剪。",
    "capacity_total": 3,
    "fields": ["agritech"],
    "help_forms": ["expertise"],
    "beneficiary_groups": ["farmers"],
    "service_regions": ["51"],
    "ends_on": "2099-12-31",
    "remark": "食宿自理",
}


def division_event(code: str, name: str, parent: str | None, level: str, version: int = 1, **more: Any) -> CloudEvent:
    """Return what registry announces of a division."""
    identity = UUID(int=int(code))
    snapshot = DivisionSnapshot(
        id=identity, code=code, name=name, full_name=name, parent_code=parent, level=level, **more
    )
    return as_event(DIVISION_CHANGED, identity, version, snapshot.model_dump(mode="json"))


def organization_event(organization_id: UUID, *, version: int = 1, **more: Any) -> CloudEvent:
    """Return what registry announces of an organization."""
    given: dict[str, Any] = {
        "name": "四川农技推广协会",
        "type": OrganizationType.ASSOCIATION,
        "level": OrganizationLevel.PROVINCIAL,
        "is_legal_person": True,
        "record_division": PROVINCE,
        "registration_status": Registration.NORMAL,
        "enrolment_status": EnrolmentStatus.ACTIVE,
        "credit_status": CreditStatus.NORMAL,
    } | more
    snapshot = OrganizationSnapshot(id=organization_id, **given)
    return as_event(ORGANIZATION_CHANGED, organization_id, version, snapshot.model_dump(mode="json"))


def as_event(kind: str, subject: UUID, version: int, data: dict[str, Any]) -> CloudEvent:
    """Wrap a snapshot as registry's feed does."""
    return CloudEvent(
        id=str(new_id()),
        source="/registry",
        type=kind,
        subject=str(subject),
        time=clock.now(),
        aggregateversion=version,
        reason="changed",
        data=data,
    )


async def mirror_divisions(database: Database, divisions: Iterable[tuple[str, str, str | None, str]]) -> None:
    """Put divisions into the read model."""
    async with database.transaction() as session:
        await apply_divisions(session, [division_event(*one) for one in divisions], False)


async def mirror_organization(database: Database, organization_id: UUID, **more: Any) -> None:
    """Put an organization into the read model."""
    async with database.transaction() as session:
        await apply_organizations(session, [organization_event(organization_id, **more)], False)


class Library:
    """Everybody who works in the two libraries, and what they need to bring an entry to a state."""

    def __init__(self, call: Call, organization_id: UUID) -> None:
        self.call, self.organization_id = call, organization_id
        self.clerk = call(Role.RURAL_OFFICER, division=COUNTY, sub="rural-a")
        self.reviewer = call(Role.RURAL_OFFICER, division=COUNTY, sub="rural-b")
        self.editor = call(Role.VILLAGE_EDITOR, division=TOWN, sub="editor")
        self.other_county = call(Role.RURAL_OFFICER, division=OTHER_COUNTY, sub="rural-other")
        self.province = call(Role.PROVINCIAL_OFFICER, division=PROVINCE)
        self.organization = call(Role.ORGANIZATION, organization_id=organization_id, sub="organization")
        self.stranger = call(Role.ORGANIZATION, organization_id=uuid4(), sub="stranger")
        self.civil_affairs = call(Role.CIVIL_AFFAIRS_OFFICER, division=PROVINCE, sub="civil-a")
        self.civil_reviewer = call(Role.CIVIL_AFFAIRS_OFFICER, division=PROVINCE, sub="civil-b")
        self.other_civil_affairs = call(Role.CIVIL_AFFAIRS_OFFICER, division="620000000000", sub="civil-other")
        self.service = call(Role.SERVICE, sub="matching")

    async def demand(self, state: str = "published", **changes: Any) -> dict[str, Any]:
        """Return a demand that went the usual way to a state."""
        made = ok(await self.clerk.post("/projects/v1/demands", json=DEMAND | COMPLETE | changes), 201)
        return await self._carry("demand", made, state, self.clerk, self.reviewer, "publish", "published")

    async def supply(self, state: str = "listed", **changes: Any) -> dict[str, Any]:
        """Return a supply that went the usual way to a state."""
        made = ok(await self.organization.post("/projects/v1/supplies", json=SUPPLY | changes), 201)
        return await self._carry("supply", made, state, self.organization, self.civil_reviewer, "list", "listed")

    async def _carry(
        self, kind: str, thing: dict[str, Any], state: str, owner: Caller, reviewer: Caller, last: str, ends: str
    ) -> dict[str, Any]:
        path = path_of(kind, thing)
        if state != "draft":
            thing = ok(await change(owner, f"{path}/submit", thing))
        if state == "returned":
            await self.review(kind, thing, reviewer, decision="return", note="请补充预算")
        elif state in {"approved", ends, "closed"}:
            ok(await self.review(kind, thing, reviewer), 201)
        thing = ok(await owner.get(path))
        if state in {ends, "closed"}:
            thing = ok(await change(owner, f"{path}/{last}", thing))
        if state == "closed":
            thing = ok(await change(owner, f"{path}/{'withdraw' if kind == 'demand' else 'delist'}", thing))
        assert thing["status"] == state
        return thing

    async def review(
        self, kind: str, thing: dict[str, Any], reviewer: Caller, *, decision: str = "approve", **more: Any
    ) -> httpx.Response:
        """Review a demand or a supply in the version at hand."""
        body = {"subject_kind": kind, "subject_id": thing["id"], "decision": decision, **more}
        return await reviewer.post("/projects/v1/reviews", json=body, headers=seen(thing))

    async def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return what projects announced, in order."""
        params = {"limit": 1000} | ({"types": kind} if kind else {})
        return list(ok(await self.service.get("/projects/v1/feed", params=params)))


def path_of(kind: str, thing: dict[str, Any]) -> str:
    """Return the path of a demand or a supply."""
    return f"/projects/v1/{'demands' if kind == 'demand' else 'supplies'}/{thing['id']}"


def seen(thing: dict[str, Any]) -> dict[str, str]:
    """Return the If-Match of what was read."""
    return {"If-Match": f'"{thing["version"]}"'}


async def change(caller: Caller, path: str, thing: dict[str, Any], **options: Any) -> httpx.Response:
    """Change the state of what was read."""
    return await caller.post(path, headers=seen(thing), **options)


def ok(response: httpx.Response, status: int = 200) -> Any:
    """Return the body of an answer that must be a success."""
    assert response.status_code == status, response.text
    return response.json()


def problem(response: httpx.Response) -> tuple[int, str, str | None]:
    """Return status, kind and first pointer of a problem document."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    document = response.json()
    pointers = [one["pointer"] for one in document.get("errors", [])]
    return document["status"], document["type"].rsplit("/", 1)[-1], pointers[0] if pointers else None
