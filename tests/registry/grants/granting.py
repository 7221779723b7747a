"""Grantors, an application, and the requests between them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from shared import clock
from shared.contracts.codes import Role
from shared.testing import Call, Caller
from tests.registry.clients import CLIENTS, TOKENS, make_client
from tests.registry.records import SANTAI, ZHAOJUE, create, officer

GRANTS = "/registry/v1/grants"
CLIENTS_OF: dict[str, dict[str, Any]] = {
    "village-app": {"role": "partner_application"},
    "other-app": {"role": "partner_application"},
    "zhaojue-rural": {"role": "rural_officer", "division": ZHAOJUE},
    "zhaojue-rural-2": {"role": "rural_officer", "division": ZHAOJUE},
    "zhaojue-editor": {"role": "village_editor", "division": ZHAOJUE},
    "santai-rural": {"role": "rural_officer", "division": SANTAI},
}


def ends_in(**time: float) -> str:
    return (clock.now() + timedelta(**time)).isoformat()


@dataclass
class Parties:
    """Everybody who has to do with a grant."""

    call: Call
    secrets: dict[str, str]
    organization_id: str

    def client(self, name: str) -> Caller:
        """Return a caller with a token as registry would give it to this client."""
        if name == "foundation":
            return self.call(Role.ORGANIZATION, sub=name, organization_id=self.organization_id)
        known = CLIENTS_OF[name]
        return self.call(Role(known["role"]), sub=name, division=known.get("division"))

    @property
    def security(self) -> Caller:
        return self.call(Role.SECURITY_ADMINISTRATOR)

    async def grant(self, by: str = "zhaojue-rural", **changes: Any) -> httpx.Response:
        body = {"client_id": "village-app", "scopes": ["demands.read", "pairings.read"], "ends_at": ends_in(days=30)}
        return await self.client(by).post(GRANTS, json=body | {"purpose": "县里的小程序"} | changes)

    async def grant_id(self, by: str = "zhaojue-rural", **changes: Any) -> str:
        answer = await self.grant(by, **changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def token(self, grant_id: str | None, *, application: str = "village-app") -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": application,
            "client_secret": self.secrets[application],
        }
        return await self.call(None).post(TOKENS, data=form | ({"grant_id": grant_id} if grant_id else {}))

    async def disable(self, client_id: str) -> None:
        assert (await self.security.post(f"{CLIENTS}/{client_id}/disable")).status_code == 200


async def make_parties(call: Call) -> Parties:
    """Create the clients and the organization."""
    organization = await create(officer(call))
    known = CLIENTS_OF | {"foundation": {"role": "organization", "organization_id": organization["id"]}}
    secrets = {}
    for name, what in known.items():
        body = {"client_id": name, "name": name} | what
        secrets[name] = (await make_client(call, body))["client_secret"]
    return Parties(call, secrets, organization["id"])
