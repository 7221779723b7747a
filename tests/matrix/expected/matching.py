"""Who may do what in matching, by the design: each side answers for itself, and nobody for another."""

from collections.abc import Callable

from shared.contracts.codes import GrantScope
from tests.matching.policy_drafts import DRAFTS, make_document
from tests.matrix.callers import TOWN
from tests.matrix.rules import (
    ABOVE,
    ANY,
    EMPTY,
    HIDDEN,
    NONE,
    OUTSIDE,
    OWN,
    Objects,
    Reach,
    Rule,
    business,
    by,
    is_open,
)

WRONG_SIDE = Reach(OUTSIDE, HIDDEN, HIDDEN)
WRONG_OFFICE = Reach(OUTSIDE, HIDDEN, OUTSIDE)
PARTIES = by(province=ANY, rural=ABOVE, editor=ABOVE, civil=ABOVE, organization=OWN)
TWO_SIDES = by(rural=ABOVE, editor=ABOVE, organization=OWN)
SPEAKERS = by(rural=ABOVE, organization=OWN)
NOT_THE_SIDES = by(province=ANY, rural=NONE, editor=NONE, civil=ABOVE, organization=NONE)
OWNERS = by(province=ANY, rural=OWN, editor=OWN, civil=OWN, organization=OWN, app=OWN)
KEEPERS = by(province=ANY, rural=OWN, editor=OWN, civil=OWN, organization=OWN)
KEEPERS_ANYWHERE = by(province=ANY, rural=ANY, editor=ANY, civil=ANY, organization=ANY)
RECIPIENT = {"email": "office@example.org"}
ANY_SUBSCRIBER = by(province=ANY, rural=ANY, editor=ANY, civil=ANY, organization=ANY, app=ANY)
PAIRING_FEED = "/matching/v1/pairing-feed"
SUBSCRIBERS = tuple(ANY_SUBSCRIBER)
SUBSCRIPTION = {"endpoint": "https://receiver.example/hook", "event_types": ["matching.pairing.*"]}
DEMAND_OFFICES = by(province=ANY, rural=ABOVE, editor=ABOVE)
SUPPLY_SIDE = by(province=ANY, civil=ABOVE, organization=OWN)
PROVINCE = by(province=ANY)
DEMAND_DRAFT = {
    "title": "村小缺图书",
    "description": "想添些书",
    "division": TOWN,
    "ends_on": "2099-12-31",
    "persons": 9,
}
SUPPLY_DRAFT = {"title": "乡村图书角", "description": "配图书", "capacity_total": 1}
LINK_MAKERS = by(province=ANY, rural=ABOVE)
ONE = "/matching/v1/pairings/{pairing_id}"
LINK = "/matching/v1/answer-links/{token}"
CALENDARS = "/matching/v1/calendars"
RECIPIENTS = "/matching/v1/digest-recipients"
SUBSCRIPTIONS = "/matching/v1/subscriptions"


def _answer(side: str, word: str) -> Callable[[Objects], dict[str, str]]:
    return lambda _: {"side": side, "answer": word}


def _because(_: Objects) -> dict[str, str]:
    return {"reason": "情况已变化"}


RULES = (
    Rule("GET /matching/v1/policies", business()),
    Rule("GET /matching/v1/policies/current", business()),
    Rule(f"POST {DRAFTS}", PROVINCE, body=lambda _: {"document": make_document()}),
    Rule(f"GET {DRAFTS}", PROVINCE, shows="draft_id"),
    Rule(f"GET {DRAFTS}/{{draft_id}}", PROVINCE),
    Rule(f"POST {DRAFTS}/{{draft_id}}/review", PROVINCE, seen="draft_id", body=lambda _: {"decision": "approve"}),
    Rule("POST /matching/v1/policies/{policy_id}/simulate", PROVINCE, given={"policy_id": "draft_id"},
         body=lambda _: {}),
    Rule("GET /matching/v1/demands/{demand_id}/candidates",
         by(province=ANY, rural=ABOVE, editor=ABOVE, civil=ABOVE)),
    Rule("GET /matching/v1/supplies/{supply_id}/candidates", SUPPLY_SIDE),
    Rule("GET /matching/v1/demands/{demand_id}/candidates/{supply_id}", PARTIES),
    Rule("GET /matching/v1/demands/{demand_id}/candidates/{supply_id}", DEMAND_OFFICES | by(civil=NONE,
         organization=NONE), given={"demand_id": "hidden_demand"}),
    Rule("GET /matching/v1/demands/{demand_id}/candidates/{supply_id}/fundraisers", PARTIES),
    Rule("GET /matching/v1/demands/{demand_id}/consortium", by(province=ANY, rural=ABOVE, editor=ABOVE, civil=ABOVE)),
    Rule("POST /matching/v1/candidates:preview", DEMAND_OFFICES | by(civil=NONE, organization=NONE), OUTSIDE,
         body=lambda _: {"demand": DEMAND_DRAFT}),
    Rule("POST /matching/v1/candidates:preview", SUPPLY_SIDE | by(rural=NONE, editor=NONE), OUTSIDE,
         body=lambda o: {"supply": SUPPLY_DRAFT | {"organization_id": o["organization_id"]}}),
    Rule("GET /matching/v1/engine", PROVINCE),
    Rule("POST /matching/v1/pairings", PARTIES, OUTSIDE,
         body=lambda o: {"demand_id": o["free_demand"], "supply_id": o["supply_id"]}),
    Rule("GET /matching/v1/demands/{demand_id}/candidates", DEMAND_OFFICES | by(civil=NONE),
         given={"demand_id": "hidden_demand"}),
    Rule("GET /matching/v1/supplies/{supply_id}/candidates", SUPPLY_SIDE, given={"supply_id": "hidden_supply"}),
    Rule("POST /matching/v1/pairings", DEMAND_OFFICES | by(civil=NONE, organization=NONE), answers=409,
         hides="hidden_demand", body=lambda o: {"demand_id": o["hidden_demand"], "supply_id": o["supply_id"]}),
    Rule("POST /matching/v1/pairings", SUPPLY_SIDE | by(rural=NONE, editor=NONE), answers=409,
         hides="hidden_supply", body=lambda o: {"demand_id": o["free_demand"], "supply_id": o["hidden_supply"]}),
    Rule("GET /matching/v1/pairings", PARTIES, EMPTY, shows="pairing_id"),
    Rule("GET /matching/v1/pairings", NOT_THE_SIDES, EMPTY, shows="held", officials_only=True),
    Rule(f"GET {ONE}", PARTIES),
    Rule(f"GET {ONE}", NOT_THE_SIDES, given={"pairing_id": "held"}, officials_only=True),
    Rule(f"GET {ONE}/contacts", TWO_SIDES, given={"pairing_id": "in_talks"}),
    Rule(f"GET {ONE}/contacts", TWO_SIDES, answers=409),
    Rule(f"POST {ONE}/answers", by(rural=ABOVE, editor=ABOVE, organization=WRONG_SIDE),
         body=_answer("demand", "interested")),
    Rule(f"POST {ONE}/answers", by(rural=WRONG_OFFICE, editor=WRONG_OFFICE, organization=OWN),
         body=_answer("supply", "interested")),
    Rule(f"POST {ONE}/answers", by(rural=ABOVE, editor=WRONG_OFFICE, organization=WRONG_SIDE),
         given={"pairing_id": "in_talks"}, body=_answer("demand", "agreed")),
    Rule(f"POST {ONE}/answers", by(rural=WRONG_OFFICE, editor=WRONG_OFFICE, organization=OWN),
         given={"pairing_id": "in_talks"}, body=_answer("supply", "agreed")),
    Rule(f"POST {ONE}/answer-links", LINK_MAKERS, body=lambda _: {"side": "supply"}),
    Rule(f"GET {ONE}/answer-links", LINK_MAKERS, shows="link_id"),
    Rule(f"DELETE {ONE}/answer-links/{{link_id}}", LINK_MAKERS),
    *(is_open(f"{route}", given={"token": "answer_token"})
      for route in (f"GET {LINK}", f"POST {LINK}/code", f"GET {LINK}/page", f"POST {LINK}/page/code")),
    is_open(f"POST {LINK}/answer", given={"token": "answer_token"}, answers=403,
            body=lambda _: {"code": "000000", "answer": "interested"}),
    is_open(f"POST {LINK}/page", given={"token": "answer_token"}, answers=403,
            form={"code": "000000", "choice": "interested"}),
    Rule(f"POST {ONE}/withdraw", by(province=ANY, rural=ABOVE, civil=ABOVE), seen="pairing_id", body=_because),
    Rule(f"POST {ONE}/release-hold", by(province=ANY, civil=ABOVE), given={"pairing_id": "held"}, seen="held",
         body=_because),
    Rule(f"POST {ONE}/refuse-hold", by(province=ANY, civil=ABOVE), given={"pairing_id": "held"}, seen="held",
         body=_because),
    Rule(f"POST {ONE}/start", SPEAKERS, given={"pairing_id": "confirmed"}, seen="confirmed"),
    Rule(f"POST {ONE}/complete", SPEAKERS, given={"pairing_id": "started"}, seen="started"),
    Rule(f"POST {ONE}/fall-through", SPEAKERS, given={"pairing_id": "started"}, seen="started",
         body=lambda _: {"reason": "no_funds"}),
    Rule(f"POST {ONE}/ratings", TWO_SIDES, given={"pairing_id": "completed"}, body=lambda _: {"stars": 5}),
    Rule(f"GET {ONE}/ratings", PARTIES, given={"pairing_id": "completed"}),
    Rule("GET /matching/v1/funnel", by(province=ANY, rural=ABOVE, editor=ABOVE, civil=ABOVE, organization=OWN),
         EMPTY, shows="funnel", query={"group_by": "policy_version"}),
    Rule("GET /matching/v1/inbox", TWO_SIDES | by(province=NONE, civil=NONE), EMPTY, shows="completed"),
    Rule("GET /matching/v1/inbox", NOT_THE_SIDES, EMPTY, shows="held", officials_only=True),
    Rule("GET /matching/v1/judged-cases", PROVINCE, shows="demand_id"),
    Rule("POST /matching/v1/runs", PROVINCE, answers=409),
    Rule("GET /matching/v1/runs", PROVINCE, shows="run_id"),
    Rule("GET /matching/v1/runs/{run_id}", PROVINCE),
    Rule("GET /matching/v1/operations/{operation_id}", PROVINCE),
    Rule(f"POST {SUBSCRIPTIONS}", ANY_SUBSCRIBER, body=lambda _: SUBSCRIPTION,
         needs=frozenset({GrantScope.PAIRINGS_READ})),
    Rule(f"GET {SUBSCRIPTIONS}", OWNERS, EMPTY, shows="subscription_id"),
    Rule(f"GET {SUBSCRIPTIONS}/{{subscription_id}}", OWNERS),
    Rule(f"DELETE {SUBSCRIPTIONS}/{{subscription_id}}", OWNERS),
    Rule(f"POST {SUBSCRIPTIONS}/{{subscription_id}}/rotate-secret", OWNERS),
    Rule(f"POST {SUBSCRIPTIONS}/{{subscription_id}}/ping", OWNERS),
    Rule(f"POST {SUBSCRIPTIONS}/{{subscription_id}}/samples", OWNERS, answers=409, body=lambda _: {}),
    Rule(f"POST {CALENDARS}", KEEPERS_ANYWHERE),
    Rule(f"GET {CALENDARS}", KEEPERS, EMPTY, shows="calendar_id"),
    Rule(f"DELETE {CALENDARS}/{{calendar_id}}", KEEPERS),
    is_open(f"GET {CALENDARS}/{{token}}/deadlines.ics", given={"token": "calendar_token"}),
    Rule(f"POST {RECIPIENTS}", KEEPERS_ANYWHERE, body=lambda _: RECIPIENT),
    Rule(f"GET {RECIPIENTS}", KEEPERS, EMPTY, shows="recipient_id"),
    Rule(f"GET {RECIPIENTS}/{{recipient_id}}", KEEPERS),
    Rule(f"PATCH {RECIPIENTS}/{{recipient_id}}", KEEPERS, seen="recipient_id", body=lambda _: {"quiet_from": 20}),
    Rule(f"DELETE {RECIPIENTS}/{{recipient_id}}", KEEPERS),
    *(is_open(f"{method} {RECIPIENTS}/{purpose}/{{token}}", given={"token": f"{purpose}_token"})
      for method in ("GET", "POST") for purpose in ("confirm", "unsubscribe")),
    Rule(f"GET {PAIRING_FEED}", KEEPERS_ANYWHERE),
    Rule(f"GET {PAIRING_FEED}/cursor", KEEPERS_ANYWHERE),
    Rule(f"GET {PAIRING_FEED}/snapshot", PARTIES, EMPTY, shows="pairing_id"),
    Rule(f"GET {PAIRING_FEED}/snapshot", NOT_THE_SIDES, EMPTY, shows="held", officials_only=True),
    Rule("GET /matching/v1/public-feed", business()),
    Rule("GET /matching/v1/public-feed/cursor", business()),
    Rule("GET /matching/v1/public-feed/snapshot", business()),
    Rule("GET /matching/v1/deliveries", OWNERS, EMPTY, shows="delivery_id"),
    Rule(f"POST {SUBSCRIPTIONS}/{{subscription_id}}/enable", OWNERS),
    Rule(f"GET {SUBSCRIPTIONS}/{{subscription_id}}/metrics", OWNERS),
    Rule(f"POST {SUBSCRIPTIONS}/{{subscription_id}}/redeliver", OWNERS,
         body=lambda _: {"since": "2026-11-01T00:00:00Z"}),
    Rule("GET /matching/v1/deliveries/{delivery_id}", OWNERS),
    Rule("POST /matching/v1/deliveries/{delivery_id}/redeliver", OWNERS),
)  # fmt: skip

SNAPSHOT = None
SECRETS = {
    "monitored_share": by(province=ANY, rural=ABOVE, editor=ABOVE, civil=ABOVE),
    "contact": TWO_SIDES,
}
