"""Registry's objects: organizations that the county keeps in every state of enrolment, and what hangs on them."""

from typing import Any
from uuid import UUID

from services.registry.api_clients.models import ApiClient
from shared import clock
from shared.contracts.codes import Role
from shared.contracts.scopes import GRANTORS
from shared.db import Database
from shared.testing import Call, Caller
from tests.matrix.callers import COUNTY, claims, subject
from tests.matrix.expected.registry import ORGANIZATIONS, new_grant
from tests.matrix.rules import KNOWN, Scope
from tests.registry.imports.posting import IMPORTS, post_file
from tests.registry.records import activate, add_divisions, create, credit_code, if_match, officer

SECRETS = {
    "remark": "登记备注只给主管部门看",
    "qualification_evidence": "资质证据只给主管部门看",
    "review_note": "核验意见只给主管部门看",
    "supervision_evidence": "评估依据只给主管部门看",
    "contact": "组织联系人只给对接双方看",
    "client_name": "接口客户端只给安全管理员看",
    "grant_purpose": "授权用途只给双方看",
}
CHARITY = {"kind": "charity", "issuer": "民政部门", "evidence": SECRETS["qualification_evidence"]}


async def make_objects(database: Database, call: Call) -> dict[str, Any]:
    """Return the objects of the own scope; ``own``, ``sibling`` and ``parent`` are the organizations of the callers."""
    await add_divisions(database, COUNTY)
    clerk, reviewer = officer(call, COUNTY, sub="clerk"), officer(call, COUNTY, sub="reviewer")
    own = await _organization(clerk, 1, remark=SECRETS["remark"])
    sibling, parent = await _organization(clerk, 2), await _organization(clerk, 3)
    suspended = await _organization(clerk, 4)
    left = await clerk.post(f"{ORGANIZATIONS}/{suspended['id']}/suspend", headers=if_match(suspended))
    assert left.status_code == 200, left.text
    assessed = await clerk.put(
        f"{ORGANIZATIONS}/{own['id']}/assessment",
        json={"grade": "4A", "evidence": SECRETS["supervision_evidence"]},
        headers=if_match(own),
    )
    assert assessed.status_code == 200, assessed.text
    raised = await clerk.put(
        f"{ORGANIZATIONS}/{own['id']}/fundraiser",
        json={"fundraiser_id": parent["id"]},
        headers=if_match(assessed.json()),
    )
    assert raised.status_code == 200, raised.text
    contact = {"person": SECRETS["contact"], "phone": "19900000092"}
    assert (await clerk.put(f"{ORGANIZATIONS}/{own['id']}/contact", json=contact)).status_code == 200
    verified = await _qualification(clerk, own, CHARITY)
    checked = await reviewer.post(
        f"/registry/v1/qualifications/{verified}/verify",
        json={"note": SECRETS["review_note"]},
        headers={"If-Match": '"1"'},
    )
    assert checked.status_code == 200, checked.text
    submitted = await _qualification(clerk, own, {"kind": "pretax_deduction", "issuer": "财政部门", "evidence": "公告"})
    security = call(Role.SECURITY_ADMINISTRATOR)
    client = {"client_id": "matrix-client", "name": SECRETS["client_name"], "role": "partner_application"}
    made = await security.post("/registry/v1/api-clients", json=client)
    assert made.status_code == 201, made.text
    return {
        "own": UUID(own["id"]),
        "organization_id": own["id"],
        "sibling": sibling["id"],
        "parent": parent["id"],
        "pending": (await _record(clerk, 5, remark=SECRETS["remark"]))["id"],
        "suspended": suspended["id"],
        "verified": verified,
        "qualification_id": submitted,
        "etags": {"qualification_id": '"1"', "verified": checked.headers["etag"]},
        "client_id": "matrix-client",
        "secret_id": made.json()["secrets"][0]["id"],
        "code": COUNTY,
        "year": "2024",
        "grant_id": await _grant(database, call, {Scope.OWN: own, Scope.SIBLING: sibling, Scope.PARENT: parent}),
        "import_id": await _import(call),
    }


async def _record(clerk: Caller, number: int, **more: Any) -> dict[str, Any]:
    code = credit_code(number, division=COUNTY[:6])
    return await create(clerk, number, credit_code=code, registered_division=COUNTY, **more)


async def _organization(clerk: Caller, number: int, **more: Any) -> dict[str, Any]:
    return await activate(clerk, await _record(clerk, number, **more))


async def _qualification(clerk: Caller, organization: dict[str, Any], body: dict[str, Any]) -> str:
    answer = await clerk.post(f"{ORGANIZATIONS}/{organization['id']}/qualifications", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _grant(database: Database, call: Call, bodies: dict[Scope, dict[str, Any]]) -> dict[Role, str]:
    """Let every caller who may grant be a client, and make a grant in the name of each; administrators get one too."""
    organizations = {scope: UUID(body["id"]) for scope, body in bodies.items()}
    async with database.transaction() as session:
        for role in (*sorted(GRANTORS), Role.PARTNER_APPLICATION):
            for scope in KNOWN if role in GRANTORS else (Scope.OWN,):
                said, name = claims(role, scope, organizations), subject(role, scope)
                client = ApiClient(client_id=name, name="x", role=role, created_by="matrix", secrets=[], **said)
                client.vouch(by="matrix", at=clock.now())
                session.add(client)
    made: dict[Role, str] = {}
    for role in sorted(GRANTORS):
        caller = call(role, sub=subject(role, Scope.OWN), **claims(role, Scope.OWN, organizations))
        answer = await caller.post("/registry/v1/grants", json=new_grant({}) | {"purpose": SECRETS["grant_purpose"]})
        assert answer.status_code == 201, answer.text
        made[role] = made[Role.SECURITY_ADMINISTRATOR] = made[Role.PARTNER_APPLICATION] = answer.json()["id"]
    return made


async def _import(call: Call) -> str:
    await post_file(call, b"name\n", "organizations.csv", division=COUNTY)
    clerk = officer(call, COUNTY, sub=subject(Role.CIVIL_AFFAIRS_OFFICER, Scope.OWN))
    return str((await clerk.get(IMPORTS)).json()["items"][0]["id"])


def where(_name: str) -> str:
    """Return where an object with a version is read."""
    return ORGANIZATIONS
