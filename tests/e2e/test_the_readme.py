"""Every request of the README is sent, and its answer is as the README says; both languages show the same."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo.actors import Actor, Cast, Refused
from tests.e2e.walkthrough import Exchange, fill, find_difference, read_exchanges
from tests.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")

ROOT = Path(__file__).parents[2]
ACTORS = {
    "civil-affairs": ("civil_affairs_officer", {"division": "510000000000"}),
    "county-clerk": ("rural_officer", {"division": "513223000000"}),
    "county-reviewer": ("rural_officer", {"division": "513223000000"}),
    "provincial-officer": ("provincial_officer", {"division": "510000000000"}),
}
PATIENCE_SECONDS = 20


async def _actor(cast: Cast, document: str, name: str, known: dict[str, str]) -> Actor:
    client_id = f"{document.lower()}-{name}"
    if name == "organization":
        return await cast.play(client_id, name, document, organization_id=known["organization"])
    role, scope = ACTORS[name]
    return await cast.play(client_id, role, document, **scope)


async def _answer(actor: Actor, exchange: Exchange, known: dict[str, str]) -> tuple[int, Any]:
    response: httpx.Response = await actor.send(
        exchange.method, fill(exchange.path, known), headers=exchange.headers, body=fill(exchange.body, known)
    )
    return response.status_code, response.json()


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
async def test_the_way_of_one_pairing_is_as_the_readme_shows_it(platform: Platform, name: str, tmp_path: Path) -> None:
    exchanges = list(read_exchanges((ROOT / name).read_text(encoding="utf-8")))
    assert len(exchanges) >= 15
    cast = Cast(platform.urls, platform.secrets["security-administrator"], tmp_path / f"{name}.json")
    known: dict[str, str] = {}
    try:
        for exchange in exchanges:
            actor = await _actor(cast, name, exchange.actor, known)
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
    except Refused as refused:
        pytest.fail(str(refused))
    finally:
        await cast.close()


def test_both_readmes_show_the_same_requests() -> None:
    english, chinese = (
        list(read_exchanges((ROOT / name).read_text(encoding="utf-8"))) for name in ("README.md", "README.zh-CN.md")
    )
    assert [(one.method, one.path, one.status) for one in english] == [
        (one.method, one.path, one.status) for one in chinese
    ]
