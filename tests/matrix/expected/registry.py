"""Who may do what in registry, by the design: the civil affairs office keeps the records of its division."""

from datetime import timedelta
from typing import Any

from shared import clock
from shared.contracts.codes import Role
from tests.matrix.callers import subject
from tests.matrix.rules import (
    ABOVE,
    ANY,
    EMPTY,
    HIDDEN,
    NONE,
    OUTSIDE,
    OWN,
    Objects,
    Rule,
    Scope,
    business,
    by,
    everybody,
    is_open,
)
from tests.registry.records import credit_code, organization_body

CIVIL = by(civil=ABOVE)
SEES_ACTIVE = business(civil=ABOVE)
SEES_PENDING = business(civil=ABOVE, rural=NONE, editor=NONE, supervising=NONE, organization=NONE, app=NONE)
SEES_RECORDS = business(civil=ABOVE, rural=NONE, editor=NONE, supervising=OWN, organization=OWN, app=NONE)
FULLY = by(province=ANY, civil=ABOVE, supervising=OWN, organization=OWN)
KEEPERS = by(civil=ABOVE, organization=OWN)
IMPORTS = by(province=ANY, civil=ABOVE)
SECURITY = by(security=ANY)
GRANTORS = by(rural=OWN, editor=OWN, civil=OWN, organization=OWN)
GRANT_PARTIES = GRANTORS | SECURITY
ORGANIZATIONS = "/registry/v1/organizations"
ONE = f"{ORGANIZATIONS}/{{organization_id}}"
COUNTY = "513431000000"
APPLICATION = subject(Role.PARTNER_APPLICATION, Scope.OWN)
NEW_BODY = organization_body(99, credit_code=credit_code(99, division=COUNTY[:6]), registered_division=COUNTY)
NEW_CLIENT = {"client_id": "new-client", "name": "接口", "role": "rural_officer", "division": COUNTY}
RAISING = {"kind": "public_fundraising", "issuer": "民政部门", "last_valid_on": "2099-12-31", "evidence": "证书"}


def new_grant(_: Objects) -> dict[str, Any]:
    ends_at = (clock.now() + timedelta(days=30)).isoformat()
    return {"client_id": APPLICATION, "scopes": ["pairings.read"], "ends_at": ends_at, "purpose": "小程序"}


RULES = (
    is_open("POST /registry/v1/tokens", answers=422),
    is_open("GET /registry/v1/jwks"),
    Rule("POST /registry/v1/api-clients", SECURITY, body=lambda _: NEW_CLIENT),
    Rule("GET /registry/v1/api-clients", SECURITY),
    Rule("POST /registry/v1/api-clients/{client_id}/activate", SECURITY),
    Rule("POST /registry/v1/api-clients/{client_id}/disable", SECURITY),
    Rule("POST /registry/v1/api-clients/{client_id}/secrets", SECURITY, body=lambda _: {}),
    Rule("POST /registry/v1/api-clients/{client_id}/secrets/{secret_id}/activate", SECURITY),
    Rule("POST /registry/v1/api-clients/{client_id}/secrets/{secret_id}/revoke", SECURITY),
    Rule("GET /registry/v1/revocations", by(service=ANY)),
    is_open("POST /registry/v1/portal-tokens", answers=422),
    Rule("POST /registry/v1/grants", by(rural=ANY, editor=ANY, civil=ANY, organization=ANY), body=new_grant),
    Rule("GET /registry/v1/grants", GRANT_PARTIES | by(app=OWN), EMPTY, shows="grant_id"),
    Rule("POST /registry/v1/grants/{grant_id}/revoke", GRANT_PARTIES),
    Rule("GET /registry/v1/divisions", everybody()),
    Rule("GET /registry/v1/divisions/{code}", everybody()),
    Rule(f"POST {ORGANIZATIONS}", CIVIL, OUTSIDE, body=lambda _: NEW_BODY),
    Rule(f"GET {ORGANIZATIONS}", SEES_ACTIVE, EMPTY, shows="organization_id"),
    Rule(f"GET {ORGANIZATIONS}", SEES_PENDING, EMPTY, shows="pending"),
    Rule(f"GET {ONE}", SEES_ACTIVE),
    Rule(f"GET {ONE}", SEES_PENDING, given={"organization_id": "pending"}),
    Rule(f"PATCH {ONE}", CIVIL, seen="organization_id", body=lambda _: {"charter_scope": "助学"}),
    Rule(f"POST {ONE}/activate", CIVIL, given={"organization_id": "pending"}, seen="pending"),
    Rule(f"POST {ONE}/suspend", CIVIL, seen="organization_id"),
    Rule(f"POST {ONE}/leave", CIVIL, given={"organization_id": "suspended"}, seen="suspended"),
    Rule(f"PUT {ONE}/fundraiser", CIVIL, seen="organization_id", body=lambda o: {"fundraiser_id": o["sibling"]}),
    Rule(f"PUT {ONE}/credit-standing", CIVIL, seen="organization_id", body=lambda _: {"status": "normal"}),
    Rule(f"PUT {ONE}/annual-checks/{{year}}", CIVIL, seen="organization_id", body=lambda _: {"result": "passed"}),
    Rule(f"PUT {ONE}/assessment", CIVIL, seen="organization_id", body=lambda _: {"grade": "3A"}),
    Rule(f"GET {ONE}/supervision-records", SEES_RECORDS),
    Rule(f"GET {ONE}/qualifications", SEES_ACTIVE),
    Rule(f"GET {ONE}/qualifications", SEES_PENDING, given={"organization_id": "pending"}),
    Rule(f"POST {ONE}/qualifications", by(civil=ABOVE, organization=OWN), body=lambda _: RAISING),
    Rule(f"PUT {ONE}/contact", KEEPERS, body=lambda _: {"person": "秘书处", "phone": "0834-3222222"}),
    Rule(f"GET {ONE}/contact", KEEPERS | by(service=ANY)),
    Rule(f"DELETE {ONE}/contact", KEEPERS),
    Rule("POST /registry/v1/qualifications/{qualification_id}/verify", CIVIL, seen="qualification_id"),
    Rule("POST /registry/v1/qualifications/{qualification_id}/reject", CIVIL, seen="qualification_id"),
    Rule(
        "POST /registry/v1/qualifications/{qualification_id}/revoke",
        CIVIL,
        given={"qualification_id": "verified"},
        seen="verified",
    ),
    Rule("POST /registry/v1/imports", by(civil=ANY), form={"kind": "organizations"}),
    Rule("GET /registry/v1/imports", IMPORTS, EMPTY, shows="import_id"),
    Rule("GET /registry/v1/imports/{import_id}", IMPORTS),
    Rule("GET /registry/v1/imports/{import_id}/rows", IMPORTS),
    Rule("GET /registry/v1/imports/{import_id}/report", IMPORTS, answers=409),  # it waits for its worker
    Rule("GET /registry/v1/import-templates/{kind}", business(), given={"kind": "organizations"}),
    Rule("GET /registry/v1/operations/{operation_id}", by(province=ANY, civil=OWN), HIDDEN),
)

SNAPSHOT = "registry.organization.changed.v1"
SECRETS = {
    "contact": by(civil=ABOVE, organization=OWN, service=ANY),
    "remark": by(province=ANY, civil=ABOVE, supervising=OWN, organization=OWN),
    "qualification_evidence": FULLY,
    "review_note": FULLY,
    "supervision_evidence": FULLY,
    "client_name": SECURITY,
    "grant_purpose": GRANTORS | by(app=OWN),
}
