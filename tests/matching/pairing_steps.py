"""The steps of a pairing's life over HTTP, and the people who take them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from pydantic import BaseModel

from services.matching.pairings.actions.confirming import write_confirmation
from services.matching.pairings.models import Pairing
from services.matching.pairings.repository import PairingRepository
from services.matching.remote.commitments import CommitmentAnswer
from shared import clock
from shared.contracts.codes import Role
from shared.contracts.projects import DemandSnapshot, SupplySnapshot
from shared.contracts.registry import OrganizationSnapshot
from shared.db import Database
from shared.testing import Call, Caller
from tests.matching.market import CHENGDU, ZHAOJUE, announce, make_demand, make_organization, make_supply

PAIRINGS = "/matching/v1/pairings"


@dataclass
class Scene:
    """A demand of Zhaojue, a supply of a foundation, and everybody who has a part in them."""

    database: Database
    call: Call
    organization: OrganizationSnapshot
    demand: DemandSnapshot
    supply: SupplySnapshot

    @property
    def office(self) -> Caller:
        return self.call(Role.RURAL_OFFICER, division=ZHAOJUE, sub="zhaojue-rural")

    @property
    def editor(self) -> Caller:
        return self.call(Role.VILLAGE_EDITOR, division="513431101000", sub="town-editor")

    @property
    def foundation(self) -> Caller:
        return self.call(Role.ORGANIZATION, organization_id=self.organization.id, sub="foundation")

    @property
    def civil_affairs(self) -> Caller:
        return self.call(Role.CIVIL_AFFAIRS_OFFICER, division=CHENGDU, sub="chengdu-civil")

    @property
    def province(self) -> Caller:
        return self.call(Role.PROVINCIAL_OFFICER, sub="province")

    async def propose(self, by: Caller, **ids: UUID) -> httpx.Response:
        body = {"demand_id": str(ids.get("demand_id", self.demand.id))}
        return await by.post(PAIRINGS, json=body | {"supply_id": str(ids.get("supply_id", self.supply.id))})

    async def order(self, **ids: UUID) -> str:
        answer = await self.propose(self.office, **ids)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def answer(self, by: Caller, pairing_id: str, side: str, answer: str, **more: Any) -> httpx.Response:
        body = {"side": side, "answer": answer, **more}
        return await by.post(f"{PAIRINGS}/{pairing_id}/answers", json=body)

    async def agree(self, pairing_id: str) -> None:
        """Bring an ordered pairing to confirming."""
        for by, side, word in (
            (self.foundation, "supply", "interested"),
            (self.foundation, "supply", "agreed"),
            (self.office, "demand", "agreed"),
        ):
            given = await self.answer(by, pairing_id, side, word)
            assert given.status_code == 200, given.text

    async def confirm(self, pairing_id: str) -> None:
        """Write that projects holds what a pairing needs."""
        async with self.database.transaction() as session:
            await write_confirmation(session, pairing_id=UUID(pairing_id), answer=CommitmentAnswer.HELD, at=clock.now())

    async def report(self, by: Caller, pairing_id: str, step: str, **body: Any) -> httpx.Response:
        """Report as a side what became of a pairing, having read it just before."""
        path = f"{PAIRINGS}/{pairing_id}"
        seen = {"If-Match": (await by.get(path)).headers.get("etag", '"1"')}
        return await by.post(f"{path}/{step}", headers=seen, **({"json": body} if body else {}))

    async def read(self, pairing_id: str | UUID) -> Pairing:
        async with self.database.transaction() as session:
            return await PairingRepository(session).get_for_worker(UUID(str(pairing_id)))


async def set_scene(
    database: Database, call: Call, *, also: tuple[BaseModel, ...] = (), **changes: dict[str, Any]
) -> Scene:
    """Announce the scene; ``demand``, ``supply`` and ``organization`` change its parts."""
    organization = make_organization(**changes.get("organization", {}))
    demand = make_demand(**changes.get("demand", {}))
    supply = make_supply(organization, **changes.get("supply", {}))
    await announce(database, organization, demand, supply, *also)
    return Scene(database, call, organization, demand, supply)


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rsplit("/", 1)[-1]
