"""API clients as two security administrators make them."""

from typing import Any

import httpx

from shared.contracts.codes import Role
from shared.testing import Call, Caller

CLIENTS, TOKENS = "/registry/v1/api-clients", "/registry/v1/tokens"


def maker(call: Call) -> Caller:
    """Return the security administrator who makes clients."""
    return call(Role.SECURITY_ADMINISTRATOR)


def activator(call: Call) -> Caller:
    """Return another one, who lets them in."""
    return call(Role.SECURITY_ADMINISTRATOR, sub="second-security-administrator")


async def make_client(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Create a client and let it in; return the answer with its secret."""
    made = await maker(call).post(CLIENTS, json=body)
    assert made.status_code == 201, made.text
    activated = await activator(call).post(f"{CLIENTS}/{body['client_id']}/activate")
    assert activated.status_code == 200, activated.text
    return {**made.json()}


async def ask_for_token(call: Call, client_id: str, secret: str) -> httpx.Response:
    """Ask for a token by a client's credentials."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return await call(None).post(TOKENS, data=form)
