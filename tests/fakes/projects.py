"""A fake of projects' commitments: it answers as the real one, counts, and fails when it is told to."""

from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

import httpx
from fastapi import Body, FastAPI
from fastapi.responses import JSONResponse, Response

from services.matching.remote.commitments import CommitmentClient
from shared.contracts.projects import CommitmentRequest
from shared.http import ServiceClient


@dataclass
class FakeProjects:
    """Free places by demand and free units by supply; ``faults`` are statuses to answer first, 0 = no answer at all."""

    places: dict[UUID, int] = field(default_factory=dict)
    capacity: dict[UUID, int] = field(default_factory=dict)
    closed: set[UUID] = field(default_factory=set)
    commitments: dict[UUID, CommitmentRequest] = field(default_factory=dict)
    released: set[UUID] = field(default_factory=set)
    fulfilled: set[UUID] = field(default_factory=set)
    faults: list[int] = field(default_factory=list)
    asked: int = 0

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.put("/projects/v1/commitments/{pairing_id}")
        async def hold(pairing_id: UUID, wanted: CommitmentRequest) -> Response:
            self.asked += 1
            if self.faults and (fault := self.faults.pop(0)):
                return JSONResponse({"type": "/projects/problems/changed-meanwhile", "status": fault}, fault)
            if pairing_id in self.commitments:
                status = "released" if pairing_id in self.released else "active"
                return JSONResponse({"pairing_id": str(pairing_id), "status": status}, 200)
            if wanted.demand_id not in self.places or wanted.supply_id not in self.capacity:
                return _problem("demand-not-found", 404)
            if self.closed & {wanted.demand_id, wanted.supply_id}:
                return _problem("not-open", 409)
            if self.places[wanted.demand_id] < 1:
                return _problem("need-covered", 409)
            if self.capacity[wanted.supply_id] < 1:
                return _problem("capacity-exhausted", 409)
            self.places[wanted.demand_id] -= 1
            self.capacity[wanted.supply_id] -= 1
            self.commitments[pairing_id] = wanted
            return JSONResponse({"pairing_id": str(pairing_id), "status": "active"}, 201)

        @app.post("/projects/v1/commitments/{pairing_id}/release")
        async def release(pairing_id: UUID, reason: Annotated[str, Body(embed=True)]) -> Response:
            return self._settle(pairing_id, self.released, self.fulfilled, "fulfilled")

        @app.post("/projects/v1/commitments/{pairing_id}/fulfil")
        async def fulfil(pairing_id: UUID) -> Response:
            return self._settle(pairing_id, self.fulfilled, self.released, "released")

        return app

    def _settle(self, pairing_id: UUID, wanted: set[UUID], other: set[UUID], other_name: str) -> Response:
        self.asked += 1
        if self.faults and (fault := self.faults.pop(0)):
            return JSONResponse({"type": "/projects/problems/changed-meanwhile", "status": fault}, fault)
        if pairing_id not in self.commitments:
            return _problem("commitment-not-found", 404)
        if pairing_id in other:
            return _problem(f"commitment-{other_name}", 409)
        wanted.add(pairing_id)
        return JSONResponse({"pairing_id": str(pairing_id)}, 200)

    def client(self) -> CommitmentClient:
        return CommitmentClient(ServiceClient("http://fake/projects", auth=None, transport=_Line(self)))


class _Line(httpx.AsyncBaseTransport):
    def __init__(self, fake: FakeProjects) -> None:
        self._fake = fake
        self._inner = httpx.ASGITransport(fake.app())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._fake.faults and self._fake.faults[0] == 0:
            self._fake.faults.pop(0)
            raise httpx.ConnectError("the line is cut", request=request)
        return await self._inner.handle_async_request(request)


def _problem(slug: str, status: int) -> Response:
    return JSONResponse({"type": f"/projects/problems/{slug}", "status": status}, status)
