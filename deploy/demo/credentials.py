"""The demo's accounts as a table shows them: who may act for whom; the secrets stay in their files."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from deploy.demo.actors import PROVINCE, Actor, Cast
from deploy.demo.keeping import Kept
from deploy.demo.offices import COUNTY, COUNTY_NAME, PARTNER
from deploy.demo.sample import is_own
from deploy.demo.story import Stage

ADMINISTRATORS = ("system_administrator", "security_administrator", "audit_administrator")
MOST_OF_A_ROLE = 6
NAMED = (*(f"rural-{name}" for name in ("a", "b", "nation", "nation-b")), PARTNER)
"""The clients that the README speaks of: shown before all others of their role."""


@dataclass(frozen=True)
class Account:
    """An API client, for which office or organization it acts, and what the reader may do with it."""

    role: str
    acts_for: str
    client_id: str
    hint: str = ""


@dataclass(frozen=True)
class Accounts:
    """The accounts that are shown, and how many more there are of a role."""

    shown: list[Account]
    more: dict[str, int]


async def read_credentials(stage: Stage, pairings: Iterable[dict[str, Any]]) -> Accounts:
    """Return the administrators and some demo clients of each role, first the named and the pairings' own."""
    cast = Cast(stage.urls, stage.secrets, stage.folder / "demo-clients.json")
    administrator = cast.actor("security-administrator", stage.secrets["security-administrator"])
    known = Kept(stage.folder / "demo-clients.json").values
    acting = [
        client
        for one in pairings
        for client in (f"org-{one['organization_id']}", f"rural-{one['demand_division'][:6]}")
    ]
    officer = cast.actor("provincial-officer", known["provincial-officer"])
    try:
        hints = await _find_something_to_order(officer, known) | {PARTNER: f"grant_id {known[f'{PARTNER} grant_id']}"}
        first = [*NAMED, *hints, *acting]
        clients = await administrator.list("/registry/v1/api-clients")
        own = [one for one in clients if one["client_id"] in known]
        own.sort(key=lambda one: _place(one["client_id"], first))
        shown = [one for one in clients if one["role"] in ADMINISTRATORS]
        more = {}
        for role in dict.fromkeys(one["role"] for one in sorted(own, key=lambda one: str(one["role"]))):
            of_role = [one for one in own if one["role"] == role]
            shown += of_role[:MOST_OF_A_ROLE]
            more[role] = len(of_role[MOST_OF_A_ROLE:])
        accounts = [
            Account(one["role"], await _name(officer, one), one["client_id"], hints.get(one["client_id"], ""))
            for one in shown
        ]
    finally:
        for actor in (administrator, officer, cast):
            await actor.close()
    return Accounts(accounts, more)


def _place(client: str, first: list[str]) -> tuple[int, int, str]:
    return first.index(client) if client in first else len(first), len(client), client


async def _find_something_to_order(officer: Actor, known: dict[str, Any]) -> dict[str, str]:
    """Return a county office of the demo that has a published demand, rather a near one, and which demand."""
    published = await officer.list("/projects/v1/demands", status="published")
    own = [one for one in published if is_own("demands", one) and f"rural-{one['division'][:6]}" in known]
    if not own:
        return {}
    demand = min(own, key=lambda one: (one["division"][:6] != COUNTY[:6], one["division"][:2] != PROVINCE[:2]))
    client = "rural-a" if demand["division"].startswith(COUNTY[:6]) else f"rural-{demand['division'][:6]}"
    return {client: f"可点单 open to order: {demand['title']} {demand['id']}"}


async def _name(officer: Actor, client: dict[str, Any]) -> str:
    """Return for which organization or division a client acts."""
    if organization := client.get("organization_id"):
        return str((await officer.get(f"/registry/v1/organizations/{organization}"))["name"])
    if division := client.get("division"):
        return f"{(await officer.get(f'/registry/v1/divisions/{division}'))['name']} {division}"
    return f"{COUNTY_NAME}授权 grant" if client["client_id"] == PARTNER else "平台 platform"
