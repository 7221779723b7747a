"""The commands of docs/workbooks.md hand in a workbook and fetch its report."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook

from deploy.demo.actors import Cast
from tests.platform import Platform

pytestmark = pytest.mark.xdist_group("platform")

ROOT = Path(__file__).parents[2]
FORM = ROOT / "deploy" / "demo" / "data" / "demands.xlsx"


@pytest.mark.skipif(not shutil.which("curl"), reason="the page's commands use curl")
async def test_a_workbook_is_handed_in_as_the_page_shows_it(platform: Platform, tmp_path: Path) -> None:
    [commands] = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "workbooks.md").read_text("utf-8"), re.S | re.M)
    cast = Cast(platform.urls, platform.secrets, tmp_path / "clients.json")
    try:
        await cast.play("workbooks-page", "rural_officer", "农业农村部门", division="510000000000")
    finally:
        await cast.close()
    secret = re.findall(r'"workbooks-page": *"([^"]+)"', (tmp_path / "clients.json").read_text("utf-8"))[0]
    async with httpx.AsyncClient(timeout=60) as client:
        form = {"grant_type": "client_credentials", "client_id": "workbooks-page", "client_secret": secret}
        token = (await client.post(f"{platform.urls['registry']}/registry/v1/tokens", data=form)).json()["access_token"]
    shutil.copy(FORM, tmp_path / "demands.xlsx")
    shell = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", commands,
        cwd=tmp_path, env=os.environ | {"BASE": platform.urls["projects"], "TOKEN": token},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(shell.communicate(), timeout=240)
    assert shell.returncode == 0, said.decode()
    totals = load_workbook(tmp_path / "report.xlsx")["汇总"].iter_rows(values_only=True)
    assert dict(row[:2] for row in totals)["合计"] > 0
