"""docs/feeds.md is true: its program keeps a copy over HTTP whatever happens, its example is an event."""

import ast
import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import delete
from starlette.types import Receive, Scope, Send

from services.matching.settings import Settings as MatchingSettings
from services.projects.settings import Settings
from shared.contracts.codes import Role
from shared.contracts.projects import PUBLIC_DEMAND_CHANGED, PUBLIC_SUPPLY_CHANGED, PublicDemandSnapshot
from shared.db import Database
from shared.feed.models import FeedEvent
from shared.feed.reading import bump_epoch
from shared.testing import TestIssuer
from tests.projects.library import Library, change, ok, path_of

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "feeds.md").read_text(encoding="utf-8")
CLIENT = ROOT / "shared" / "feed" / "client.py"
FEED = "/projects/v1/public-feed"


def block(kind: str) -> str:
    """Return the only block of a kind."""
    [found] = re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.S | re.M)
    return str(found)


@asynccontextmanager
async def platform(projects: FastAPI, issuer: TestIssuer) -> AsyncIterator[str]:
    """Serve projects over real HTTP, with a registry that gives out tokens that soon end."""
    registry = FastAPI()

    @registry.post("/registry/v1/tokens")
    async def give_token() -> dict[str, str]:
        return {"access_token": issuer.token(Role.PARTNER_APPLICATION, lives=1)}

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        app = registry if scope["path"].startswith("/registry/") else projects
        await app(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(both, port=0, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def mirroring(folder: Path, url: str) -> AsyncIterator[None]:
    """Run the program of the page in a process of its own, and end it with kill -9."""
    given = {"PLATFORM_URL": url, "CLIENT_ID": "an-app", "CLIENT_SECRET": "its secret"}  # pragma: allowlist secret
    process = await asyncio.create_subprocess_exec(
        sys.executable, "mirror.py", FEED, PUBLIC_DEMAND_CHANGED, PUBLIC_SUPPLY_CHANGED,
        cwd=folder, env={"PATH": os.environ["PATH"], "NO_PROXY": "*"} | given,
    )  # fmt: skip
    try:
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


def copied(folder: Path) -> set[str]:
    """Return the subjects of the program's copy."""
    with sqlite3.connect(folder / "copy.sqlite", timeout=10) as database:
        tables = database.execute("select count(*) from sqlite_master where name = 'things'").fetchone()
        return {row[0] for row in database.execute("select subject from things")} if tables[0] else set()


async def eventually(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not reached():
            await asyncio.sleep(0.05)


@pytest.mark.real_commits
async def test_the_program_of_the_page_keeps_a_copy_whatever_happens(
    live_library: Library, live_database: Database, live_app: FastAPI, issuer: TestIssuer, tmp_path: Path
) -> None:
    library = live_library
    shutil.copy(CLIENT, tmp_path / "feed_client.py")
    (tmp_path / "mirror.py").write_text(block("python mirror"), encoding="utf-8")
    first, closed = await library.demand(), await library.demand()
    async with platform(live_app, issuer) as url:
        async with mirroring(tmp_path, url):
            await eventually(lambda: copied(tmp_path) == {first["id"], closed["id"]})
            supply = await library.supply()
            ok(await change(library.clerk, path_of("demand", closed) + "/withdraw", closed))
            await eventually(lambda: copied(tmp_path) == {first["id"], supply["id"]})
        missed = await library.demand()
        async with mirroring(tmp_path, url):  # it goes on where it was killed
            await eventually(lambda: copied(tmp_path) == {first["id"], supply["id"], missed["id"]})
        ok(await change(library.organization, path_of("supply", supply) + "/delist", supply))
        async with live_database.transaction() as session:
            await session.execute(delete(FeedEvent))
            await bump_epoch(session)
        async with mirroring(tmp_path, url):  # its cursor is gone, and with it the news that the supply is
            await eventually(lambda: copied(tmp_path) == {first["id"], missed["id"]})


def test_the_client_can_be_copied_without_the_platform() -> None:
    tree = ast.parse(CLIENT.read_text(encoding="utf-8"))
    named = {one.module for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    named |= {name.name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names}
    others = {str(one).partition(".")[0] for one in named} - set(sys.stdlib_module_names)
    assert others == {"httpx"}


async def test_the_example_of_the_page_is_a_real_event(library: Library) -> None:
    await library.demand()
    [event] = (await library.call(Role.PARTNER_APPLICATION).get(FEED)).json()
    example = json.loads(block("json"))
    assert example.keys() == event.keys()
    assert example["data"].keys() == event["data"].keys()
    PublicDemandSnapshot.model_validate(example["data"])


def test_the_retention_of_the_page_is_the_setting() -> None:
    [days] = {settings.model_fields["feed_days"].default for settings in (Settings, MatchingSettings)}
    assert f"kept for {days} days (`PROJECTS_FEED_DAYS`, `MATCHING_FEED_DAYS`)" in PAGE
