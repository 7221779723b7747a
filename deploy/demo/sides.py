"""The two sides of the story's pairings, and how they answer."""

import asyncio
from typing import Any

from deploy.demo.actors import Actor, Cast, Refused
from deploy.demo.libraries import POLL_SECONDS

FINISHED = {
    "confirmed", "started", "completed", "fell_through", "lost_race", "declined", "expired", "withdrawn", "referred",
}  # fmt: skip
MOST_POLLS = 400
PAIRINGS = "/matching/v1/pairings"


class Sides:
    """The two sides of a pairing, answering as the county's rural office and as the organization."""

    def __init__(self, cast: Cast, watcher: Actor) -> None:
        self._cast, self._watcher = cast, watcher

    async def answer(self, pairing: dict[str, Any], side: str, answer: str, reason: str | None = None) -> None:
        """Answer for one side; what is over by now, or answered so already, is left alone."""
        if side == "demand":
            actor = await self._cast.county(pairing["demand_division"])
        else:
            actor = await self._cast.organization(pairing["organization_id"])
        body = {"side": side, "answer": answer} | ({"reason": reason} if reason else {})
        try:
            await actor.post(f"{PAIRINGS}/{pairing['id']}/answers", body)
        except Refused as refused:
            if refused.status != 409:
                raise

    async def talk(self, pairing: dict[str, Any]) -> None:
        """Both sides show interest: contacts become visible, nothing is held yet."""
        await self.answer(pairing, "demand", "interested")
        await self.answer(pairing, "supply", "interested")

    async def agree(self, pairing: dict[str, Any]) -> None:
        """Both sides show interest and then agree."""
        await self.talk(pairing)
        await self.answer(pairing, "supply", "agreed")
        await self.answer(pairing, "demand", "agreed")

    async def await_end(self, pairing_id: str) -> dict[str, Any]:
        """Wait until a pairing that both sides agreed to is confirmed or lost."""
        for _ in range(MOST_POLLS):
            pairing: dict[str, Any] = await self._watcher.get(f"{PAIRINGS}/{pairing_id}")
            if pairing["status"] in FINISHED:
                return pairing
            await asyncio.sleep(POLL_SECONDS)
        raise RuntimeError(f"pairing {pairing_id} stays {pairing['status']}")
