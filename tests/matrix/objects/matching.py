"""Matching's objects: a demand of the town and a supply of the organization, their pairings, and subscriptions."""

from typing import Any
from uuid import UUID

from services.matching.digests.actions.links import DigestLinks
from services.matching.digests.models import DigestRecipient
from shared.contracts.codes import Role
from shared.db import Database
from shared.sealing import Sealer
from shared.testing import SECRET_KEY, Call
from tests.matching.market import announce, change, make_demand, make_organization, make_supply
from tests.matching.pairing_steps import PAIRINGS, Scene, set_scene
from tests.matching.policy_drafts import DRAFTS, draft
from tests.matrix.callers import COUNTY, TOWN, Organizations, claims, subject
from tests.matrix.expected.matching import CALENDARS, KEEPERS, RECIPIENT, RECIPIENTS, SUBSCRIBERS, SUBSCRIPTION
from tests.matrix.rules import Scope

SECRETS = {"monitored_share": '"monitored_share":0.377', "contact": "联系人只给对接双方看"}


async def make_objects(database: Database, call: Call, organizations: Organizations) -> dict[str, Any]:
    """Return the objects of the own scope."""
    here = {"division": TOWN, "owner_division": COUNTY, "persons": 1000, "monitored_persons": 377}
    scene = await set_scene(
        database,
        call,
        organization={
            "id": organizations[Scope.OWN],
            "record_division": COUNTY,
            "fundraiser_id": organizations[Scope.PARENT],
        },
        demand=here,
        supply={"capacity_total": 9},
        also=tuple(
            make_organization(id=organizations[scope], name=f"别的机构{scope.value}", record_division=COUNTY)
            for scope in (Scope.SIBLING, Scope.PARENT)
        ),
    )
    made: dict[str, Any] = {"demand_id": str(scene.demand.id), "supply_id": str(scene.supply.id)}
    made["organization_id"] = str(scene.organization.id)
    # First, for a hold that arises later stops the talks that are open.
    made["held"] = await _hold(scene, make_demand(**here))
    made["pairing_id"] = await scene.order()
    made["in_talks"] = await _talk(scene, make_demand(**here))
    for state in ("confirmed", "started", "completed"):
        made[state] = await _agree(scene, make_demand(**here), state)
    made["funnel"] = '"success_rate":0.'
    made["free_demand"] = await _announce(scene, make_demand(**here))
    made["hidden_demand"] = await _announce(scene, make_demand(**here, status="submitted"))
    made["hidden_supply"] = await _announce(scene, make_supply(scene.organization, status="submitted"))
    assert (await scene.province.post("/matching/v1/runs")).status_code == 202
    made["run_id"] = (await scene.province.get("/matching/v1/runs")).json()["items"][0]["id"]
    made["draft_id"] = await draft(scene.province)
    made |= await _subscribe(call, organizations)
    made |= await _bring_inbox(database, call, organizations)
    link = await scene.office.post(f"{PAIRINGS}/{made['pairing_id']}/answer-links", json={"side": "supply"})
    made |= {"link_id": link.json()["id"], "answer_token": link.json()["secret_link"].split("/")[-2]}
    return made


async def _announce(scene: Scene, entry: Any) -> str:
    await announce(scene.database, entry)
    return str(entry.id)


async def _talk(scene: Scene, demand: Any) -> str:
    await _announce(scene, demand)
    pairing_id = await scene.order(demand_id=demand.id)
    answer = await scene.answer(scene.foundation, pairing_id, "supply", "interested")
    assert answer.json()["phase"] == "in_talks", answer.text
    return pairing_id


async def _agree(scene: Scene, demand: Any, state: str) -> str:
    """Bring a pairing to a state after the agreement."""
    await _announce(scene, demand)
    pairing_id = await scene.order(demand_id=demand.id)
    await scene.agree(pairing_id)
    await scene.confirm(pairing_id)
    for step in {"confirmed": (), "started": ("start",), "completed": ("start", "complete")}[state]:
        answer = await scene.report(scene.foundation, pairing_id, step)
        assert answer.status_code == 200, answer.text
    return pairing_id


async def _hold(scene: Scene, demand: Any) -> str:
    """Invite a pair while its organization stands on the list of abnormal ones."""
    await _announce(scene, demand)
    await announce(scene.database, change(scene.organization, credit_status="abnormal"))
    supply = make_supply(scene.organization)
    await announce(scene.database, supply)
    answer = await scene.propose(scene.province, demand_id=demand.id, supply_id=supply.id)
    assert answer.json()["status"] == "on_hold", answer.text
    await announce(scene.database, scene.organization)
    path = f"{PAIRINGS}/{answer.json()['id']}"
    assert (await scene.province.get(path)).status_code == 200
    return str(answer.json()["id"])


async def _subscribe(call: Call, organizations: Organizations) -> dict[str, Any]:
    """Make a subscription of every role that may have one, and a delivery to each."""
    subscriptions: dict[Role, str] = {}
    deliveries: dict[Role, str] = {}
    for role in SUBSCRIBERS:
        caller = call(role, sub=subject(role, Scope.OWN), **claims(role, Scope.OWN, organizations))
        made = await caller.post("/matching/v1/subscriptions", json=SUBSCRIPTION)
        assert made.status_code == 201, made.text
        subscriptions[role] = str(made.json()["id"])
        pinged = await caller.post(f"/matching/v1/subscriptions/{subscriptions[role]}/ping")
        assert pinged.status_code == 202, pinged.text
        deliveries[role] = str(pinged.json()["id"])
    return {"subscription_id": subscriptions, "delivery_id": deliveries}


async def _bring_inbox(database: Database, call: Call, organizations: Organizations) -> dict[str, Any]:
    """Let every role that may have a receiver of digests and a calendar, and make the links of one receiver."""
    recipients: dict[Role, str] = {}
    calendars: dict[Role, str] = {}
    calendar: dict[str, str] = {}
    for role in KEEPERS:
        caller = call(role, sub=subject(role, Scope.OWN), **claims(role, Scope.OWN, organizations))
        made = await caller.post(RECIPIENTS, json=RECIPIENT)
        assert made.status_code == 201, made.text
        recipients[role] = str(made.json()["id"])
        calendar = (await caller.post(CALENDARS)).json()
        calendars[role] = calendar["id"]
    async with database.transaction() as session:
        one = await session.get_one(DigestRecipient, UUID(recipients[Role.ORGANIZATION]))
    links = DigestLinks("http://matrix.test", Sealer(SECRET_KEY))
    tokens = {"confirm_token": links.confirm(one), "unsubscribe_token": links.unsubscribe(one)}
    return {
        "recipient_id": recipients,
        "calendar_id": calendars,
        "calendar_token": calendar["secret_link"].split("/")[-2],
        "etags": {"recipient_id": '"1"'},
        **{name: link.rpartition("/")[2] for name, link in tokens.items()},
    }


def where(name: str) -> str:
    """Return where an object with a version is read."""
    return DRAFTS if name == "draft_id" else PAIRINGS
