"""Every contract of import-linter is broken on purpose in a scratch copy, and reports it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINTER = Path(sys.executable).parent / "lint-imports"
OFFENCES = {
    "library": ("shared/clock.py", "import services.registry.settings"),
    "services": ("services/registry/settings.py", "import services.projects.db"),
    "features": ("services/registry/divisions/models.py", "import services.registry.divisions.actions"),
    "registry": ("services/registry/divisions/models.py", "import services.registry.tokens.models"),
    "projects": ("services/projects/db.py", "import services.projects.main"),
    "matching": ("services/matching/db.py", "import services.matching.worker"),
    "library-order": ("shared/db.py", "import shared.jobs"),
    "sql": ("services/registry/divisions/actions.py", "import sqlalchemy"),
    "http": ("services/registry/divisions/repository.py", "import fastapi"),
    "scoring": ("services/matching/scoring/facts.py", "import shared.clock"),
    "cycles": ("shared/logs.py", "import shared.jobs"),
    "frameworks": ("shared/contracts/events.py", "import sqlalchemy"),
    "tests": ("services/registry/bootstrap.py", "import shared.testing"),
}
"""Contract → the file that gets a line it may not have."""
UNLISTED = {
    "features": "services/registry/divisions/extras.py",
    "services": "services/fourth.py",
    "registry": "services/registry/loose.py",
    "projects": "services/projects/loose.py",
    "matching": "services/matching/loose.py",
    "library-order": "shared/loose.py",
}
"""Contract → a module that no layer names."""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache"], cwd=folder, capture_output=True, text=True, env={"COLUMNS": "200"}, check=False
    )


def dotted(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scratch")
    for name in ("deploy", "services", "shared"):
        for path in Path(name).rglob("*.py"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / path)
    shutil.copy("pyproject.toml", folder)
    return folder


@pytest.fixture(scope="module")
def report(scratch: Path) -> dict[str, str]:
    """Commit every offence at once and give what each contract says of it."""
    clean = lint(scratch)
    assert clean.returncode == 0, clean.stdout
    for file, line in OFFENCES.values():
        with (scratch / file).open("a", encoding="utf-8") as opened:
            opened.write(f"{line}  # an offence\n")
    for file in UNLISTED.values():
        (scratch / file).write_text('"""A module that no layer names."""\n', encoding="utf-8")
    broken = lint(scratch)
    assert broken.returncode == 1
    names = dict(re.findall(r'^id = "(.+)"\nname = "(.+)"$', (scratch / "pyproject.toml").read_text("utf-8"), re.M))
    said = broken.stdout.partition("Broken contracts")[2]
    parts = re.split(r"^(.+)\n-{3,}$", said, flags=re.M)
    told = {title.strip(): text for title, text in zip(parts[1::2], parts[2::2], strict=True)}
    return {contract: told.get(name, "") for contract, name in names.items()}


def test_every_contract_has_its_offence(report: dict[str, str]) -> None:
    assert set(report) == set(OFFENCES)


@pytest.mark.parametrize("contract", OFFENCES)
def test_a_broken_contract_is_reported(report: dict[str, str], contract: str) -> None:
    file, line = OFFENCES[contract]
    imported = line.removeprefix("import ")
    assert dotted(file) in report[contract] or contract == "cycles", report
    assert imported in report[contract] or contract == "cycles"
    assert report[contract], f"{contract} says nothing"


@pytest.mark.parametrize("contract", UNLISTED)
def test_a_module_that_no_layer_names_is_reported(report: dict[str, str], contract: str) -> None:
    assert dotted(UNLISTED[contract]).rpartition(".")[2] in report[contract]
