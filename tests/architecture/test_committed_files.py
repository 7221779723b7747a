"""What is committed names no machine, and what is generated is current."""

import re
import subprocess
from enum import EnumType
from functools import cache
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from deploy.openapi_documents import SERVICES, build_document, place, render
from deploy.write_docs import PAGES
from shared.contracts import codes, dictionaries

BINARY = {".xlsx", ".whl", ".gz", ".png", ".ico", ".woff2", ".xls"}
REGISTRIES = re.compile(
    r"pypi\.(org|python\.org)|pythonhosted\.org|registry\.npmjs|ghcr\.io|quay\.io|registry-1\.docker|"
    r"(mirrors?|pypi)\.[a-z0-9-]+\.(com|cn|edu\.cn|net|org)"
)
MACHINE = re.compile(r"(?<![\w.$}~/])/(work|home|root|Users|tmp|opt)/[A-Za-z0-9_.-]+")
MAY_NAME_PLACES = {"deploy", "tests", "docs"}
"""Containers have folders of their own, and tests and documents speak of them."""


@cache
def committed_texts() -> dict[Path, str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    return {
        path: path.read_text(encoding="utf-8", errors="replace")
        for path in paths
        if path.is_file() and path.suffix not in BINARY
    }


def test_no_committed_file_names_a_package_registry() -> None:
    own = Path("tests/architecture/test_committed_files.py")
    named = {str(path): REGISTRIES.search(text) for path, text in committed_texts().items() if path != own}
    assert not {path: found[0] for path, found in named.items() if found}


def test_no_committed_file_names_a_place_on_somebodys_machine() -> None:
    named = {
        str(path): found[0]
        for path, text in committed_texts().items()
        if path.parts[0] not in MAY_NAME_PLACES and (found := MACHINE.search(text))
    }
    assert not named


def test_the_lock_file_has_hashes_for_everything_and_names_no_index() -> None:
    lines = Path("requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [position for position, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
    assert pinned
    assert all("==" in lines[position] for position in pinned)
    assert all(lines[position + 1].strip().startswith("--hash=sha256:") for position in pinned)
    assert not [line for line in lines if "://" in line or "index-url" in line or "find-links" in line]


def test_every_direct_dependency_is_in_the_lock_file() -> None:
    project = Path("pyproject.toml").read_text(encoding="utf-8").split("[tool.", 1)[0]
    wanted = set(re.findall(r'"([A-Za-z0-9-]+)(?:\[[a-z]+\])?(?:>=[0-9.]+)?"[,\]]', project)) - {"Apache-2"}
    locked = set(re.findall(r"^([a-z0-9.-]+)==", Path("requirements.lock").read_text(encoding="utf-8"), re.M))
    assert len(wanted) > 30
    assert {name.lower() for name in wanted} <= locked


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_current(page: str) -> None:
    written = (Path("docs") / page).read_text(encoding="utf-8")
    assert written == PAGES[page](), "run `make docs`"


@pytest.mark.parametrize("service", SERVICES)
def test_the_openapi_document_is_valid_and_current(service: str) -> None:
    document = build_document(service)
    validate(document)
    assert place(service).read_text(encoding="utf-8") == render(service), "run `make openapi`"


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_documents_its_problems(service: str) -> None:
    document = build_document(service)
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            responses, where = operation["responses"], f"{method} {path}"
            assert {"400", "405", "500", "503"} <= set(responses), where
            assert ("401" in responses and "403" in responses) or not operation.get("security"), where
            assert "404" in responses or "{" not in path, where
            assert {"413", "422"} <= set(responses) or method == "get", where
            assert operation.get("summary"), where
            assert operation.get("description"), where
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert {"412", "428"} <= set(responses) or "if-match" not in names, where


def test_every_enum_of_codes_equals_its_dictionary() -> None:
    lists = {frozenset(item.code for item in one.items): name for name, one in dictionaries.dictionaries().items()}
    enums = [kind for kind in vars(codes).values() if isinstance(kind, EnumType)]
    missing = [kind.__name__ for kind in enums if frozenset(code.value for code in kind) not in lists]
    assert enums
    assert not missing
