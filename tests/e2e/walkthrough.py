"""Requests and answers as a document shows them: fenced blocks, read in pairs, played against a platform."""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from deploy.demo.actors import Actor, Cast

ACTORS = {
    "civil-affairs": ("civil_affairs_officer", {"division": "510000000000"}),
    "county-clerk": ("rural_officer", {"division": "513223000000"}),
    "county-reviewer": ("rural_officer", {"division": "513223000000"}),
    "provincial-officer": ("provincial_officer", {"division": "510000000000"}),
}
PATIENCE_SECONDS = 20

BLOCK = re.compile(
    r"^```http as=(?P<actor>\S+)\n(?P<request>.*?)^```\n```json (?P<status>\d+)\n(?P<answer>.*?)^```", re.S | re.M
)


@dataclass(frozen=True)
class Exchange:
    """A request as an actor sends it, and what the document says is answered."""

    actor: str
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int
    answer: Any


def read_exchanges(text: str) -> Iterator[Exchange]:
    """Yield the exchanges of a document in order."""
    for block in BLOCK.finditer(text):
        first, *rest = block["request"].strip().splitlines()
        method, path = first.split(" ", 1)
        headers = dict(line.split(": ", 1) for line in rest if not line.startswith("{"))
        body = next((json.loads(line) for line in rest if line.startswith("{")), None)
        yield Exchange(block["actor"], method, path, headers, body, int(block["status"]), json.loads(block["answer"]))


def fill(value: Any, known: dict[str, str]) -> Any:
    """Put the known ids into a path or a body."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda name: known[name[1]], value)
    if isinstance(value, dict):
        return {name: fill(part, known) for name, part in value.items()}
    return [fill(part, known) for part in value] if isinstance(value, list) else value


def find_difference(shown: Any, answered: Any, known: dict[str, str], at: str = "") -> str | None:
    """
    Return where an answer differs from what is shown of it, and learn the ids that are shown as ``{name}``.

    An object may hold more than is shown; a list must hold something that fits each thing shown.
    """
    if isinstance(shown, str) and (name := re.fullmatch(r"\{(\w+)\}", shown)):
        known.setdefault(name[1], answered)
        shown = known[name[1]]
    if isinstance(shown, dict):
        for name, part in shown.items():
            if difference := find_difference(part, (answered or {}).get(name), known, f"{at}/{name}"):
                return difference
        return None
    if isinstance(shown, list):
        for number, part in enumerate(shown):
            if all(find_difference(part, one, dict(known)) for one in answered or []):
                return f"{at}/{number}: nothing in {len(answered or [])} items fits {part}"
        return None
    return None if shown == answered else f"{at}: shown {shown!r}, answered {answered!r}"


async def walk(cast: Cast, exchanges: Iterable[Exchange], *, group: str) -> dict[str, str]:
    """
    Send the requests in order, compare the answers with what is shown, and return the ids that were learned.

    ``group`` begins the names of the actors' API clients, so that each walk has actors of its own.
    """
    known: dict[str, str] = {}
    for exchange in exchanges:
        actor = await _actor(cast, group, exchange.actor, known)
        difference = None
        # What travels through a feed or a job is there a moment later.
        for _ in range(PATIENCE_SECONDS * 4):
            status, answer = await _answer(actor, exchange, known)
            learned = dict(known)
            difference = find_difference(exchange.answer, answer, learned)
            if status == exchange.status and not difference:
                known = learned
                break
            if exchange.method != "GET" and status not in {404, 409, 422}:
                break
            await asyncio.sleep(0.25)
        assert status == exchange.status, (exchange.method, exchange.path, status, answer)
        assert difference is None, (exchange.method, exchange.path, difference)
    return known


async def _actor(cast: Cast, group: str, name: str, known: dict[str, str]) -> Actor:
    client_id = f"{group.lower()}-{name}"
    if name == "organization":
        return await cast.play(client_id, name, group, organization_id=known["organization"])
    role, scope = ACTORS[name]
    return await cast.play(client_id, role, group, **scope)


async def _answer(actor: Actor, exchange: Exchange, known: dict[str, str]) -> tuple[int, Any]:
    shown = {name: value for name, value in exchange.headers.items() if name != "Authorization"}  # the actor's own
    headers = fill(shown, known | {"uuid": str(uuid4())})
    response = await actor.send(
        exchange.method, fill(exchange.path, known), headers=headers, body=fill(exchange.body, known)
    )
    return response.status_code, response.json()
