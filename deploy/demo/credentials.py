"""The demo's accounts as a table shows them: who may act for whom; the secrets stay in their files."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from deploy.demo.actors import Cast
from deploy.demo.keeping import Kept
from deploy.demo.story import Stage

ADMINISTRATORS = ("system_administrator", "security_administrator", "audit_administrator")
MOST_OF_A_ROLE = 4


@dataclass(frozen=True)
class Account:
    """An API client, and for which office or organization it acts."""

    role: str
    acts_for: str
    client_id: str


async def read_credentials(stage: Stage, pairings: Iterable[dict[str, Any]]) -> list[Account]:
    """Return the administrators and some demo clients of each role, first those who act in the given pairings."""
    cast = Cast(stage.urls, stage.secrets, stage.folder / "demo-clients.json")
    administrator = cast.actor("security-administrator", stage.secrets["security-administrator"])
    known = Kept(stage.folder / "demo-clients.json").values
    acting = [
        client
        for one in pairings
        for client in (f"org-{one['organization_id']}", f"rural-{one['demand_division'][:6]}")
    ]
    try:
        clients = await administrator.list("/registry/v1/api-clients")
        own = [one for one in clients if one["client_id"] in known]
        own.sort(key=lambda one: (one["role"], one["client_id"] not in acting, len(one["client_id"]), one["client_id"]))
        shown = [one for one in clients if one["role"] in ADMINISTRATORS]
        for role in dict.fromkeys(one["role"] for one in own):
            shown += [one for one in own if one["role"] == role][:MOST_OF_A_ROLE]
        officer = cast.actor("provincial-officer", known["provincial-officer"])
        accounts = [Account(one["role"], await _name(officer, one), one["client_id"]) for one in shown]
        await officer.close()
    finally:
        await administrator.close()
        await cast.close()
    return accounts


async def _name(officer: Any, client: dict[str, Any]) -> str:
    """Return for which organization or division a client acts."""
    if organization := client.get("organization_id"):
        return str((await officer.get(f"/registry/v1/organizations/{organization}"))["name"])
    if division := client.get("division"):
        return f"{(await officer.get(f'/registry/v1/divisions/{division}'))['name']} {division}"
    return "平台 platform"
