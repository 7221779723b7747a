"""Who may do what in projects, by the design: demands are the rural office's, supplies the civil affairs office's."""

from tests.matrix.rules import (
    ABOVE,
    ANY,
    EMPTY,
    HIDDEN,
    NONE,
    OUTSIDE,
    OWN,
    REFUSED,
    May,
    Objects,
    Reach,
    Rule,
    business,
    by,
)
from tests.projects.library import COMPLETE, DEMAND, SUPPLY

NOT_ITS_KIND = Reach(REFUSED, REFUSED, REFUSED)
NOT_ITS_OFFICE = Reach(OUTSIDE, OUTSIDE, OUTSIDE)
DEMAND_OFFICES = by(province=ANY, rural=ABOVE, editor=ABOVE)
DEMAND_WRITERS = by(rural=ABOVE, editor=ABOVE)
CONTACT_READERS = by(rural=ABOVE, editor=ABOVE, service=ANY)
RURAL = by(rural=ABOVE)
SUPPLY_SIDE = by(province=ANY, organization=OWN, civil=ABOVE)
SUPPLY_WRITERS = by(organization=OWN, civil=ABOVE)
ONLY_DEMAND_SIDE_SEES = business(rural=ABOVE, editor=ABOVE, civil=NONE, supervising=NONE, organization=NONE, app=NONE)
SUPERVISORS_SEE_TOO = business(rural=NONE, editor=NONE, civil=ABOVE, supervising=OWN, organization=OWN, app=NONE)
ONLY_SUPPLY_SIDE_SEES = business(rural=NONE, editor=NONE, civil=ABOVE, supervising=NONE, organization=OWN, app=NONE)
BOTH_SIDES = by(province=ANY, rural=ABOVE, editor=ABOVE, civil=ABOVE, organization=OWN, service=ANY)
ALL_PARTIES = by(province=ANY, rural=ABOVE, editor=ABOVE, civil=NONE, organization=NONE, supervising=NONE)
SUPPLY_PARTIES = by(province=ANY, rural=NONE, editor=NONE, civil=ABOVE, organization=OWN, supervising=OWN)
SUPERVISED = by(province=ANY, organization=OWN, civil=ABOVE, supervising=OWN)
IMPORTS = by(province=ANY, rural=ABOVE, civil=NONE)
DEMANDS, SUPPLIES = "/projects/v1/demands", "/projects/v1/supplies"


def _survey(_: Objects) -> dict[str, str]:
    return {"stage": "screened", "surveyed_on": "2026-01-05", "office": "县农业农村局", "source": "visit"}


def _contact(_: Objects) -> dict[str, str]:
    return {"person": "值班室", "phone": "0834-3222222"}


def _approve(kind: str) -> Rule:
    office = (
        {"rural": ABOVE, "civil": NOT_ITS_OFFICE, "supervising": NOT_ITS_OFFICE}
        if kind == "demand"
        else {"rural": NOT_ITS_OFFICE, "civil": ABOVE, "supervising": NOT_ITS_OFFICE}
    )
    return Rule(
        "POST /projects/v1/reviews",
        by(**office),
        body=lambda o: {"subject_kind": kind, "subject_id": o[f"submitted_{kind}"], "decision": "approve"},
        seen=f"submitted_{kind}",
    )


def _import(kind: str, may: May) -> Rule:
    return Rule("POST /projects/v1/imports", may, form={"kind": kind})


RULES = (
    Rule(f"POST {DEMANDS}", DEMAND_WRITERS, OUTSIDE, body=lambda _: DEMAND | COMPLETE),
    Rule(f"GET {DEMANDS}", business(), shows="published_demand"),
    Rule(f"GET {DEMANDS}", ONLY_DEMAND_SIDE_SEES, EMPTY, shows="draft_demand"),
    Rule(f"GET {DEMANDS}/{{demand_id}}", business()),
    Rule(f"GET {DEMANDS}/{{demand_id}}", ONLY_DEMAND_SIDE_SEES, given={"demand_id": "draft_demand"}),
    Rule(f"GET {DEMANDS}/{{demand_id}}", ONLY_DEMAND_SIDE_SEES, given={"demand_id": "submitted_demand"}),
    Rule(f"PATCH {DEMANDS}/{{demand_id}}", DEMAND_WRITERS, given={"demand_id": "draft_demand"},
         seen="draft_demand", body=lambda _: {"title": "核桃低产林再改造"}),
    Rule(f"POST {DEMANDS}/{{demand_id}}/submit", DEMAND_WRITERS, given={"demand_id": "draft_demand"},
         seen="draft_demand"),
    Rule(f"POST {DEMANDS}/{{demand_id}}/publish", RURAL, given={"demand_id": "approved_demand"},
         seen="approved_demand"),
    Rule(f"POST {DEMANDS}/{{demand_id}}/withdraw", RURAL, OUTSIDE, seen="published_demand"),
    Rule(f"POST {DEMANDS}/{{demand_id}}/withdraw", RURAL, given={"demand_id": "submitted_demand"},
         seen="submitted_demand"),
    Rule(f"POST {DEMANDS}/{{demand_id}}/close", RURAL, OUTSIDE, seen="published_demand",
         body=lambda _: {"reason": "completed"}),
    Rule(f"POST {DEMANDS}/{{demand_id}}/survey-records", DEMAND_WRITERS, given={"demand_id": "draft_demand"},
         body=_survey),
    Rule(f"GET {DEMANDS}/{{demand_id}}/survey-records", DEMAND_OFFICES),
    Rule(f"GET {DEMANDS}/{{demand_id}}/survey-records", DEMAND_OFFICES, given={"demand_id": "draft_demand"},
         shows="survey_record"),
    Rule(f"PUT {DEMANDS}/{{demand_id}}/contact", DEMAND_WRITERS, OUTSIDE, body=_contact),
    Rule(f"PUT {DEMANDS}/{{demand_id}}/contact", DEMAND_WRITERS, given={"demand_id": "draft_demand"}, body=_contact),
    Rule(f"GET {DEMANDS}/{{demand_id}}/contact", CONTACT_READERS, OUTSIDE),
    Rule(f"DELETE {DEMANDS}/{{demand_id}}/contact", DEMAND_WRITERS, OUTSIDE),
    Rule(f"DELETE {DEMANDS}/{{demand_id}}/contact", DEMAND_WRITERS, given={"demand_id": "draft_demand"}),
    Rule(f"POST {SUPPLIES}", SUPPLY_WRITERS, OUTSIDE,
         body=lambda o: SUPPLY | {"organization_id": o["organization_id"]}),
    Rule(f"GET {SUPPLIES}", business(), shows="listed_supply"),
    Rule(f"GET {SUPPLIES}", ONLY_SUPPLY_SIDE_SEES, EMPTY, shows="draft_supply"),
    Rule(f"GET {SUPPLIES}/{{supply_id}}", business()),
    Rule(f"GET {SUPPLIES}/{{supply_id}}", ONLY_SUPPLY_SIDE_SEES, given={"supply_id": "draft_supply"}),
    Rule(f"PATCH {SUPPLIES}/{{supply_id}}", SUPPLY_WRITERS, given={"supply_id": "draft_supply"},
         seen="draft_supply", body=lambda _: {"title": "果树嫁接课堂"}),
    Rule(f"POST {SUPPLIES}/{{supply_id}}/submit", SUPPLY_WRITERS, given={"supply_id": "draft_supply"},
         seen="draft_supply"),
    Rule(f"POST {SUPPLIES}/{{supply_id}}/list", SUPPLY_WRITERS, given={"supply_id": "approved_supply"},
         seen="approved_supply"),
    Rule(f"POST {SUPPLIES}/{{supply_id}}/delist", SUPPLY_WRITERS, OUTSIDE, seen="listed_supply"),
    Rule("GET /projects/v1/public-feed", business()),
    Rule("GET /projects/v1/public-feed/cursor", business()),
    Rule("GET /projects/v1/public-feed/snapshot", business(), shows="published_demand",
         query={"type": "projects.public_demand.changed.v1"}),
    _approve("demand"),
    _approve("supply"),
    Rule("POST /projects/v1/reviews", by(rural=NOT_ITS_OFFICE, civil=NOT_ITS_OFFICE, supervising=OWN),
         seen="submitted_supply",
         body=lambda o: {"subject_kind": "supply", "subject_id": o["submitted_supply"], "decision": "comment",
                         "note": "业务对口,建议通过"}),
    Rule(f"GET {SUPPLIES}/{{supply_id}}", SUPERVISORS_SEE_TOO, given={"supply_id": "submitted_supply"}),
    Rule("GET /projects/v1/reviews", ALL_PARTIES, EMPTY, shows="demand_review"),
    Rule("GET /projects/v1/reviews", SUPPLY_PARTIES, EMPTY, shows="supply_review"),
    Rule("GET /projects/v1/commitments", BOTH_SIDES, EMPTY, shows="pairing_id"),
    Rule("GET /projects/v1/commitments/{pairing_id}", BOTH_SIDES),
    Rule("PUT /projects/v1/commitments/{pairing_id}", by(service=ANY), body=lambda o: o["committed"]),
    Rule("POST /projects/v1/commitments/{pairing_id}/release", by(service=ANY),
         body=lambda _: {"reason": "fell_through"}),
    Rule("POST /projects/v1/commitments/{pairing_id}/fulfil", by(service=ANY)),
    _import("demands", by(rural=ANY, civil=NOT_ITS_KIND)),
    _import("supplies", by(rural=NOT_ITS_KIND, civil=ANY)),
    Rule("GET /projects/v1/imports", IMPORTS, EMPTY, shows="import_id"),
    Rule("GET /projects/v1/imports/{import_id}", IMPORTS),
    Rule("GET /projects/v1/imports/{import_id}/rows", IMPORTS),
    Rule("GET /projects/v1/imports/{import_id}/report", IMPORTS, answers=409),  # it waits for its worker
    Rule("GET /projects/v1/import-templates/{kind}", by(province=ANY, rural=ANY, civil=ANY),
         given={"kind": "demands"}),
    Rule("GET /projects/v1/operations/{operation_id}", by(province=ANY, rural=OWN, civil=OWN), HIDDEN),
)  # fmt: skip

SNAPSHOT = "projects.demand.changed.v1"
SECRETS = {
    "policy_gap": DEMAND_OFFICES,
    "monitored_persons": by(province=ANY, rural=ABOVE, editor=ABOVE, service=ANY),
    "demand_contact": CONTACT_READERS,
    "demand_remark": DEMAND_OFFICES,
    "survey_office": DEMAND_OFFICES,
    "demand_review_note": DEMAND_OFFICES,
    "supply_remark": SUPERVISED,
    "supply_review_note": SUPERVISED,
}
