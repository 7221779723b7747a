"""The commands say in one sentence whether a service's log is in order, and end with status 1 where it is not."""

import argparse
import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.audit.commands import run_audit_command
from shared.db import Database
from shared.embedded_postgres import DatabaseAccess
from shared.settings import MissingSettings, ServiceSettings
from shared.testing import SECRET_KEY
from tests.shared.audit.log import entries_of, fill, run_as


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIANGQIAO_SECRET_KEY", SECRET_KEY)


def settings_of(access: DatabaseAccess, *, with_owner: bool = True) -> ServiceSettings:
    return ServiceSettings(
        database_url=SecretStr(access.app_dsn),
        owner_database_url=SecretStr(access.owner_dsn) if with_owner else None,
        client_id="tiny",
    )


async def run(settings: ServiceSettings, command: str, heads: Path | None = None) -> None:
    """Run a command in a thread, for it has an event loop of its own."""
    options = argparse.Namespace(command=command, heads=heads)
    with ThreadPoolExecutor(1) as thread:
        await asyncio.get_running_loop().run_in_executor(thread, run_audit_command, "tiny", settings, options)


async def test_a_log_in_order_is_chained_verified_and_its_head_kept(
    tiny: Database, tiny_access: DatabaseAccess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heads = tmp_path / "heads.json"
    heads.write_text('{"other": {"pos": 1, "hash": "x"}}')
    await fill(tiny, 3)
    await run(settings_of(tiny_access), "audit-verify", heads)
    kept = json.loads(heads.read_text())
    assert kept["tiny"]["pos"] == 3
    assert kept["other"]["pos"] == 1
    assert f"3 entries, head 3:{kept['tiny']['hash']}" in capsys.readouterr().out


async def test_a_log_that_was_changed_ends_the_command_with_the_position_and_keeps_the_head(
    tiny: Database, tiny_access: DatabaseAccess, owner: AsyncEngine, tmp_path: Path
) -> None:
    heads = tmp_path / "heads.json"
    await fill(tiny, 3)
    await run(settings_of(tiny_access), "audit-verify", heads)
    kept = heads.read_text()
    await run_as(owner, "update audit_entries set subject = 'nobody' where request_id = 'request-2'")
    with pytest.raises(SystemExit, match=r"tiny: 审计链第 2 位[\s\S]+The entry at position 2 .* was changed or moved"):
        await run(settings_of(tiny_access), "audit-verify", heads)
    assert heads.read_text() == kept
    await run_as(owner, "truncate audit_entries, audit_chain, audit_anchors")
    with pytest.raises(SystemExit, match="had reached position 3"):
        await run(settings_of(tiny_access), "audit-verify", heads)


async def test_trimming_is_done_by_the_owner_alone(
    tiny: Database, tiny_access: DatabaseAccess, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(tiny, 3, age=400)
    await run(settings_of(tiny_access), "audit-verify")
    with pytest.raises(MissingSettings, match="OWNER_DATABASE_URL"):
        await run(settings_of(tiny_access, with_owner=False), "audit-trim")
    await run(settings_of(tiny_access), "audit-trim")
    assert "Trimmed 3 entries older than 365 days" in capsys.readouterr().out
    (entry,) = await entries_of(tiny)
    assert (entry.subject, entry.action) == ("platform", "audit-trim")
