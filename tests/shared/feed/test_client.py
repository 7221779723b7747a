"""The reference client beside the platform: new tokens, pauses as asked for, and an end when it is told to."""

import asyncio

import httpx
import pytest

from shared.feed.client import ClientToken, CursorGone, Event, FeedClient, FeedReader

FEED = "/feed"


class Platform:
    """Answers as the platform does; a test sets what breaks."""

    def __init__(self) -> None:
        self.events: list[Event] = [{"subject": str(number), "method": "PUT"} for number in range(3)]
        self.token, self.tokens_given, self.asked = "", 0, 0
        self.broken: list[httpx.Response] = []

    def client(self, **options: httpx.Auth) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url="http://platform", **options)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tokens":
            self.tokens_given += 1
            self.token = f"token {self.tokens_given} {request.content.decode()}"
            return httpx.Response(200, json={"access_token": self.token})
        self.asked += 1
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return httpx.Response(401)
        if self.broken:
            return self.broken.pop()
        if request.url.path.endswith("/cursor"):
            return httpx.Response(200, json={"cursor": str(len(self.events))})
        if request.url.path.endswith("/snapshot"):
            return httpx.Response(200, json={"items": self.events})
        behind = request.url.params["lastEventId"]
        if not behind.isdigit():
            return httpx.Response(410)
        return httpx.Response(200, json=self.events[int(behind) :], headers={"Feed-Next-Cursor": str(len(self.events))})


class Memory:
    """A store that is told to stop the reader when it has what a test waits for."""

    def __init__(self, cursor: str | None = None, *, enough: int = 3) -> None:
        self.cursor, self.enough = cursor, enough
        self.seen: list[str] = []
        self.full = asyncio.Event()

    async def load_cursor(self) -> str | None:
        return self.cursor

    async def apply(self, events: list[Event], cursor: str) -> None:
        self.seen += [event["subject"] for event in events]
        self.cursor = cursor
        if len(self.seen) >= self.enough:
            self.full.set()

    async def replace(self, events: list[Event], cursor: str) -> None:
        self.seen = []
        await self.apply(events, cursor)


@pytest.mark.parametrize("cursor", [None, "gone"])
async def test_without_a_cursor_to_go_on_from_it_takes_the_snapshot(cursor: str | None) -> None:
    platform, store = Platform(), Memory(cursor)
    async with platform.client() as http:
        reader = FeedReader(FeedClient(http.get, FEED), store)
        assert await reader.read_once()
        assert (store.seen, store.cursor) == (["0", "1", "2"], "3")
        assert not await reader.read_once()
        platform.events.append({"subject": "more", "method": "PUT"})
        assert await reader.read_once()
        assert store.seen == ["0", "1", "2", "more"]
        with pytest.raises(CursorGone):
            await FeedClient(http.get, FEED).read("gone")


async def test_it_waits_as_long_as_it_is_asked_to_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    platform, store = Platform(), Memory("0")
    platform.broken = [httpx.Response(503, headers={"Retry-After": "0"}), httpx.Response(429)]
    async with platform.client() as http:
        reader = FeedReader(FeedClient(http.get, FEED), store)
        async with asyncio.timeout(5):
            await reader.run(store.full)
        assert store.seen == ["0", "1", "2"]
        assert len(caplog.records) == 2
        platform.broken = [httpx.Response(503, headers={"Retry-After": "3000"})]
        stop = asyncio.Event()
        running = asyncio.create_task(reader.run(stop))
        await asyncio.sleep(0.05)
        stop.set()
        async with asyncio.timeout(1):  # also out of a long pause
            await running


async def test_a_token_is_got_when_it_is_needed_and_anew_when_it_is_refused() -> None:
    platform = Platform()
    token = ClientToken("http://platform/tokens", "an-app", "its secret", grant_id="a-grant")
    async with platform.client(auth=token) as http:
        client = FeedClient(http.get, FEED)
        for _ in range(2):
            assert len((await client.read("0")).events) == 3
        assert platform.tokens_given == 1
        assert "grant_id=a-grant" in platform.token
        platform.token = "another"
        assert (await client.read("3")).events == []
        assert platform.tokens_given == 2
