"""``make audit-verify`` over three live databases after the story, and what it says of one that was changed."""

import json
import os
import subprocess
from pathlib import Path

import asyncpg
import pytest

from tests.e2e.conftest import Told
from tests.platform import ROOT, SERVICES

pytestmark = pytest.mark.xdist_group("platform")


def verify(told: Told, heads: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-s", "audit-verify", f"HEADS={heads}"]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | told.platform.environment() | {"PATH": os.environ["PATH"]},
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip


async def test_make_audit_verify_finds_three_logs_in_order_and_names_the_one_that_was_changed(
    told: Told, tmp_path: Path
) -> None:
    heads = tmp_path / "heads.json"
    done = verify(told, heads)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"{service}: 审计日志完整" in done.stdout for service in SERVICES)
    assert all(json.loads(heads.read_text())[service]["pos"] > 100 for service in SERVICES)
    connection = await asyncpg.connect(told.platform.access["projects"].owner_dsn.replace("+asyncpg", ""))
    try:
        first = await connection.fetchrow("select id, subject from audit_entries order by id limit 1")
        assert first is not None
        change = "update audit_entries set subject = $2 where id = $1"
        await connection.execute(change, first["id"], "somebody-else")
        try:
            broken = verify(told, heads)
        finally:
            await connection.execute(change, first["id"], first["subject"])
    finally:
        await connection.close()
    assert broken.returncode == 2
    assert [service for service in SERVICES if f"{service}: 审计日志完整" in broken.stdout] == ["registry", "matching"]
    assert "projects: " in broken.stderr
    assert verify(told, heads).returncode == 0
