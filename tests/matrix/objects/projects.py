"""Projects' objects: the demands of a town in every state, the supplies of an organization, and what hangs on them."""

from typing import Any
from uuid import uuid4

from shared.contracts.codes import Role
from shared.db import Database
from shared.testing import Call
from tests.matrix.callers import COUNTY, TOWN, Organizations, subject
from tests.matrix.rules import Scope
from tests.projects.library import DIVISIONS, Library, mirror_divisions, mirror_organization, ok

SECRETS = {
    "policy_gap": "缺口只给主管部门看",
    "monitored_persons": "777123777",
    "demand_remark": "需求备注只给主管部门看",
    "demand_contact": "需求联系人只给对接双方看",
    "survey_office": "走访单位只给主管部门看",
    "demand_review_note": "需求审核意见只给主管部门看",
    "supply_remark": "供给备注只给本方看",
    "supply_review_note": "供给审核意见只给本方看",
}


async def make_objects(database: Database, call: Call, organizations: Organizations) -> dict[str, Any]:
    """Return the objects of the own scope: demands of the town, supplies of the organization that the county keeps."""
    await mirror_divisions(database, DIVISIONS)
    raises = {Scope.OWN: {"fundraiser_id": organizations[Scope.PARENT]}}
    for scope, organization_id in organizations.items():
        await mirror_organization(database, organization_id, record_division=COUNTY, **raises.get(scope, {}))
    library = Library(call, organizations[Scope.OWN])
    library.civil_reviewer = call(Role.CIVIL_AFFAIRS_OFFICER, division=COUNTY, sub="civil-reviewer")
    made: dict[str, Any] = {"organization_id": str(organizations[Scope.OWN])}
    secret = {
        "policy_gap": SECRETS["policy_gap"],
        "monitored_persons": int(SECRETS["monitored_persons"]),
        "persons": 888_123_888,
        "remark": SECRETS["demand_remark"],
        "division": TOWN,
    }
    for state in ("draft", "submitted", "approved", "published"):
        made[f"{state}_demand"] = (await library.demand(state, **secret))["id"]
    for state in ("draft", "submitted", "approved", "listed"):
        made[f"{state}_supply"] = (await library.supply(state, remark=SECRETS["supply_remark"]))["id"]
    made |= {"demand_id": made["published_demand"], "supply_id": made["listed_supply"]}
    contact = {"person": SECRETS["demand_contact"], "phone": "19900000091"}
    ok(await library.clerk.put(f"/projects/v1/demands/{made['demand_id']}/contact", json=contact))
    await _return_one(library, "demand", await library.demand("submitted", **secret), made)
    await _return_one(library, "supply", await library.supply("submitted"), made)
    await _survey(library, made)
    made["pairing_id"] = str(uuid4())
    both = {"demand_id": (await library.demand(division=TOWN))["id"], "supply_id": (await library.supply())["id"]}
    ok(await library.service.put(f"/projects/v1/commitments/{made['pairing_id']}", json=both), 201)
    made |= {"committed": both, "import_id": await _import(call)}
    return made


async def _return_one(library: Library, kind: str, thing: dict[str, Any], made: dict[str, Any]) -> None:
    reviewer = library.reviewer if kind == "demand" else library.civil_reviewer
    returned = await library.review(kind, thing, reviewer, decision="return", note=SECRETS[f"{kind}_review_note"])
    made |= {f"{kind}_review": ok(returned, 201)["id"], f"returned_{kind}": thing["id"]}


async def _survey(library: Library, made: dict[str, Any]) -> None:
    step = {
        "stage": "visited",
        "surveyed_on": "2026-01-05",
        "office": SECRETS["survey_office"],
        "source": "visit",
    }
    path = f"/projects/v1/demands/{made['draft_demand']}"
    made["survey_record"] = ok(await library.clerk.post(f"{path}/survey-records", json=step), 201)["id"]


async def _import(call: Call) -> str:
    clerk = call(Role.RURAL_OFFICER, division=COUNTY, sub=subject(Role.RURAL_OFFICER, Scope.OWN))
    file = {"file": ("demands.csv", "需求编号,项目名称\n".encode())}
    ok(await clerk.post("/projects/v1/imports", data={"kind": "demands"}, files=file), 202)
    return str(ok(await clerk.get("/projects/v1/imports"))["items"][0]["id"])


def where(name: str) -> str:
    """Return where an object with a version is read."""
    return "/projects/v1/demands" if name.endswith("_demand") else "/projects/v1/supplies"
