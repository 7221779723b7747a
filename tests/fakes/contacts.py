"""A fake of the neighbours' contacts: it answers as registry and projects do, or not at all."""

from dataclasses import dataclass, field
from uuid import UUID

import httpx

from services.matching.remote.contacts import ContactClient
from shared.http import ServiceClient


@dataclass
class FakeContacts(httpx.AsyncBaseTransport):
    """Contacts by the id of their demand or organization; ``fault`` is a status to answer, 0 = no answer at all."""

    kept: dict[UUID, dict[str, str]] = field(default_factory=dict)
    of_all: dict[str, str] | None = None
    asked: list[str] = field(default_factory=list)
    fault: int | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.fault == 0:
            raise httpx.ConnectError("the line is cut", request=request)
        if self.fault:
            return httpx.Response(self.fault, json={"type": "/x/problems/x"}, request=request)
        contact = self.kept.get(UUID(request.url.path.split("/")[-2]), self.of_all)
        if contact is None:
            return httpx.Response(404, json={"type": "/x/problems/contact-not-found"}, request=request)
        return httpx.Response(200, json={**contact, "set_at": "2026-11-22T00:00:00Z"}, request=request)

    def client(self) -> ContactClient:
        registry, projects = (
            ServiceClient(f"http://fake/{name}", auth=None, transport=self) for name in ("registry", "projects")
        )
        return ContactClient(registry=registry, projects=projects)
