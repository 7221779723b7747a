"""The commands that the README names do what it says, from the command line."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import httpx

from tests.platform import SERVICES, free_ports

ROOT = Path(__file__).parents[2]
READY_SECONDS = 120


def make(*arguments: str) -> str:
    done = subprocess.run(
        ["make", "-s", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_make_alone_names_every_command() -> None:
    told = make()
    for command in ("demo", "check", "up", "evaluate", "clean-data", "openapi", "docs", "compose-test"):
        assert f"make {command} " in told


def test_docs_and_openapi_write_what_is_committed() -> None:
    files = [*ROOT.glob("docs/*.md"), *ROOT.glob("services/*/openapi.json")]
    before = {file: file.read_bytes() for file in files}
    make("docs", "openapi")
    assert {file: file.read_bytes() for file in files} == before


def test_evaluate_judges_the_development_cases(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    make("evaluate", "CASES=tests/data/sample/dev_matching.json", f"JSON={figures}")
    judged = json.loads(figures.read_text(encoding="utf-8"))
    assert judged["exclusions"] == {"found": 71, "missed": 0, "false": 0}
    assert judged["holds"]["correct"] == judged["holds"]["total"] == 5
    assert judged["tilt"]["satisfied"] == judged["tilt"]["total"]
    assert judged["top1"]["hits"] >= 26


def test_up_serves_the_three_services_and_clean_data_removes_what_it_kept(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    data = tmp_path / "data"
    environment = os.environ | {"REGISTRY_TOWNS_UNDER": "51"}
    with (tmp_path / "up.log").open("wb") as log:
        platform = subprocess.Popen(
            ["make", "-s", "up", f"PORT={port}", f"DATA={data}"],
            cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + READY_SECONDS
        waiting = {f"http://127.0.0.1:{port}/{service}/readyz" for service in SERVICES}
        while waiting and time.monotonic() < deadline:
            waiting = {url for url in waiting if not _answers(url)}
            time.sleep(0.2)
        assert not waiting, (tmp_path / "up.log").read_text(errors="replace")[-2000:]
        page = httpx.get(f"http://127.0.0.1:{port}/projects/docs").text
        assert "/projects/assets/swagger-ui-bundle.js" in page
        assert "https://" not in page
        assert httpx.get(f"http://127.0.0.1:{port}/projects/assets/swagger-ui-bundle.js").is_success
        assert httpx.get(f"http://127.0.0.1:{port}/matching/openapi.json").json()["openapi"].startswith("3.1")
    finally:
        os.killpg(platform.pid, signal.SIGINT)
        platform.wait(60)
    place = json.loads((data / "postgres" / "location.json").read_text(encoding="utf-8"))
    make("clean-data", f"DATA={data}")
    assert not data.exists()
    assert not any(Path(value).exists() for value in place.values() if isinstance(value, str) and value.startswith("/"))


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False
