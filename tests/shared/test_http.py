"""Calls to a neighbour: retries of reads only, the request id, and a token that is renewed."""

from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import pytest
import stamina

from shared.http import ServiceClient, ServiceToken
from shared.logs import request_id

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def _no_waiting() -> Any:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def client(answer: Answer, auth: httpx.Auth | None = None) -> ServiceClient:
    return ServiceClient("http://registry.test/registry", auth=auth, transport=httpx.MockTransport(answer))


async def test_a_read_is_tried_three_times() -> None:
    tries = count(1)

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if next(tries) == 3 else 503, json={})

    neighbour = client(answer)
    assert (await neighbour.get("/v1/feed")).status_code == 200
    assert next(tries) == 4
    await neighbour.close()


@pytest.mark.parametrize(("status", "sent"), [(404, 1), (500, 1), (503, 3), (429, 3)])
async def test_only_what_may_pass_is_tried_again(status: int, sent: int) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(status)

    with pytest.raises(httpx.HTTPStatusError):
        await client(answer).get("/v1/feed")
    assert len(requests) == sent


async def test_a_neighbour_that_is_away_is_tried_again_and_then_reported() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        raise httpx.ConnectError("away")

    with pytest.raises(httpx.ConnectError):
        await client(answer).get("/v1/feed")
    assert len(requests) == 3
    with pytest.raises(httpx.ConnectError):
        await client(answer).send_once("PUT", "/v1/commitments/1", json={})
    assert len(requests) == 4


async def test_the_request_id_goes_along() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[request.headers["x-request-id"], str(request.url)])

    token = request_id.set("request-1")
    told = (await client(answer).get("/v1/feed", params={"types": ["a", "b"]})).json()
    request_id.reset(token)
    assert told == ["request-1", "http://registry.test/registry/v1/feed?types=a&types=b"]


class Issuer:
    """A fake token endpoint that counts what it gives out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, expires_in: int = 3600) -> None:
        self.given = 0
        self.expires_in = expires_in
        real = httpx.AsyncClient
        monkeypatch.setattr(
            httpx,
            "AsyncClient",
            lambda **options: real(**{"transport": httpx.MockTransport(self.answer)} | options),
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"].startswith("Basic ")
        self.given += 1
        return httpx.Response(200, json={"access_token": f"token-{self.given}", "expires_in": self.expires_in})


def auth() -> ServiceToken:
    return ServiceToken("http://registry.test/registry/v1/tokens", "projects", "secret")


def echo(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=request.headers["authorization"])


async def test_one_token_serves_until_shortly_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer(monkeypatch)
    neighbour = client(echo, auth())
    assert [(await neighbour.get("/x")).json() for _ in range(3)] == ["Bearer token-1"] * 3
    assert issuer.given == 1


async def test_a_token_near_its_end_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer(monkeypatch, expires_in=59)
    neighbour = client(echo, auth())
    assert [(await neighbour.get("/x")).json() for _ in range(2)] == ["Bearer token-1", "Bearer token-2"]
    assert issuer.given == 2


async def test_a_refused_token_is_renewed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer(monkeypatch)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.headers["authorization"] == "Bearer token-2" else 401)

    neighbour = client(answer, auth())
    assert (await neighbour.send_once("GET", "/x")).status_code == 200
    assert issuer.given == 2
    refused = client(lambda _request: httpx.Response(401), auth())
    assert (await refused.send_once("GET", "/x")).status_code == 401
    assert issuer.given == 4
