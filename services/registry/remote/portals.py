"""Government service portals (政务服务网): who a single sign-on ticket (单点登录票据) stands for."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from services.registry.settings import PortalSettings
from shared import clock
from shared.errors import Forbidden, Text, Unauthenticated, Unavailable

LEGAL_PERSON = "legal"


class TicketNotAccepted(Unauthenticated):
    """The portal does not know the ticket: it was used, has ended, or was never given out."""

    title = Text("登录票据无效或已过期", "The ticket is not valid or has ended")
    remedy = Text("请返回政务服务网重新登录。", "Go back to the portal and log in again.")


class PortalUnavailable(Unavailable):
    """The portal does not answer, or answers what cannot be understood."""

    title = Text("政务服务网暂时无法访问", "The portal cannot be reached for a moment")
    remedy = Text("请稍后重新登录。", "Log in again in a moment.")


class LegalPersonNeeded(Forbidden):
    """The user of the portal logged in as a natural person; the platform knows organizations and offices."""

    title = Text("请以法人身份登录", "Log in as a legal person")
    remedy = Text(
        "请在政务服务网切换为法人账号后重新登录。", "Switch to the account of your organization at the portal."
    )


@dataclass(frozen=True)
class PortalUser:
    """A user of a portal who acts for a legal person; no name, number or telephone is taken over."""

    user_id: str
    credit_code: str


class Portal(Protocol):
    """What registry asks of any portal; a province whose portal speaks otherwise adds a class and its kind below."""

    async def identify(self, ticket: str) -> PortalUser:
        """
        Tell who stands behind a ticket.

        :raises TicketNotAccepted: if the portal does not know it
        :raises LegalPersonNeeded: if a natural person does
        :raises PortalUnavailable: if the portal does not answer
        """
        ...


class TicketPortal:
    """
    The usual exchange of two steps: ticket → token → user information, each a signed form.

    The signature is HMAC-SHA256 of application number, time and the ticket or token, in hexadecimal.
    """

    def __init__(self, settings: PortalSettings) -> None:
        self._settings = settings

    async def identify(self, ticket: str) -> PortalUser:
        """Exchange the ticket for a token and the token for what the portal says of its user."""
        async with httpx.AsyncClient(
            base_url=self._settings.base_url, timeout=self._settings.timeout_seconds
        ) as client:
            token = (await self._ask(client, "ticket-validation", "ticket", ticket)).get("token")
            if not isinstance(token, str):
                raise PortalUnavailable
            user = await self._ask(client, "user-info", "token", token)
        if user.get("user_type") != LEGAL_PERSON:
            raise LegalPersonNeeded
        user_id, code = user.get("user_id"), user.get("credit_code")
        if not isinstance(user_id, str) or not user_id or not isinstance(code, str):
            raise PortalUnavailable
        return PortalUser(user_id=user_id, credit_code=code)

    async def _ask(self, client: httpx.AsyncClient, path: str, name: str, value: str) -> dict[str, Any]:
        moment = str(int(clock.now().timestamp()))
        signed = f"{self._settings.app_id}{moment}{value}".encode()
        signature = hmac.new(self._settings.app_secret.get_secret_value().encode(), signed, hashlib.sha256).hexdigest()
        form = {"app_id": self._settings.app_id, "time": moment, "sign": signature, name: value}
        try:
            response = await client.post(path, data=form)
            answer = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            raise PortalUnavailable from None
        if not isinstance(answer, dict):
            raise PortalUnavailable
        if answer.get("result") != "ok":
            raise TicketNotAccepted
        return answer


ADAPTERS: dict[str, Callable[[PortalSettings], Portal]] = {"ticket": TicketPortal}


def open_portals(settings: Sequence[PortalSettings]) -> dict[str, Portal]:
    """Return the adapter of each configured portal by its name."""
    return {one.name: ADAPTERS[one.kind](one) for one in settings}
