"""The commands that the README names do what it says, from the command line."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import httpx

from tests.platform import SERVICES, free_ports, is_ready

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


def refused(*arguments: str) -> str:
    """Return what a command says that must end by itself, and fail."""
    done = subprocess.run(
        ["make", "-s", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 2, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Traceback" not in done.stderr + done.stdout
    return done.stdout + done.stderr


def test_evaluate_without_cases_names_the_file_to_judge() -> None:
    assert "CASES=tests/data/sample/dev_matching.json" in refused("evaluate")


def read_first_client(name: str) -> str:
    (block,) = re.findall(r"^```sh\n(URL=.*?)^```", (ROOT / name).read_text(encoding="utf-8"), re.S | re.M)
    return str(block)


def tell_modes(data: Path) -> dict[str, int]:
    return {name: (data / name).stat().st_mode & 0o777 for name in ("secrets.json", "api.log", "worker.log")}


def check_audit_logs(data: Path, heads: Path) -> None:
    """Check the audit logs and the schemas of the platform that keeps its data in a folder."""
    told = make("audit-verify", "migrate", f"DATA={data}", f"HEADS={heads}")
    assert all(f"{service}: 审计日志完整" in told for service in SERVICES)
    assert set(json.loads(heads.read_text(encoding="utf-8"))) == set(SERVICES)


def get_first_client(port: int, data: Path) -> dict[str, str]:
    """Type what the README says and return the last answer."""
    assert read_first_client("README.md") == read_first_client("README.zh-CN.md")
    typed = read_first_client("README.md").replace(".data", str(data))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"PORT={port}\n{typed}\nsleep 1\n{typed}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(line) for line in done.stdout.replace("}{", "}\n{").splitlines())
    assert first["client_id"] != second["client_id"]
    return dict(second)


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
        with httpx.Client(timeout=5) as http:
            while waiting and time.monotonic() < deadline:
                waiting = {url for url in waiting if not is_ready(http, url)}
                time.sleep(0.2)
            assert not waiting, (tmp_path / "up.log").read_text(errors="replace")[-2000:]
            page = http.get(f"http://127.0.0.1:{port}/projects/docs").text
            assert "/projects/assets/swagger-ui-bundle.js" in page
            assert "https://" not in page
            assert http.get(f"http://127.0.0.1:{port}/projects/assets/swagger-ui-bundle.js").is_success
            assert http.get(f"http://127.0.0.1:{port}/matching/openapi.json").json()["openapi"].startswith("3.1")
            assert 'href="/registry/docs"' in http.get(f"http://127.0.0.1:{port}/").text
        assert get_first_client(port, data)["client_secret"]
        assert tell_modes(data) == {"secrets.json": 0o600, "api.log": 0o600, "worker.log": 0o600}
        assert not data.stat().st_mode & 0o044
        heads = tmp_path / "heads.json"
        check_audit_logs(data, heads)
        told = (tmp_path / "up.log").read_text(encoding="utf-8")
        assert f"ready: http://127.0.0.1:{port}/" in told
        assert f"{data}/secrets.json" in told
        # Neither its port nor its data can be taken from it, and nothing of the other's is left behind.
        for command in ("up", "demo"):
            taken = refused(command, f"PORT={port}", f"DATA={tmp_path / command}")
            assert f"Port {port} is in use; PORT= chooses another." in taken
            assert "stop it first" in refused(command, f"PORT={free_ports(1)[0]}", f"DATA={data}")
        assert "stop it first" in refused("clean-data", f"DATA={data}")
        assert httpx.get(f"http://127.0.0.1:{port}/projects/readyz").is_success
        assert "nothing was deleted" in refused("clean-data", f"DATA={tmp_path}")
    finally:
        os.killpg(platform.pid, signal.SIGINT)
        platform.wait(60)
    place = json.loads((data / "postgres" / "location.json").read_text(encoding="utf-8"))
    check_audit_logs(data, heads)
    assert f"deleted the platform's data and database in {data}" in make("clean-data", f"DATA={data}")
    assert not data.exists()
    assert "nothing to delete" in make("clean-data", f"DATA={data}")
    assert "no platform has its data" in refused("audit-verify", f"DATA={data}")
    assert not any(Path(value).exists() for value in place.values() if isinstance(value, str) and value.startswith("/"))
