"""The commands of the Makefile explain themselves, and each one that CI needs is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.coverage_floors import find_gaps

BIN = Path(sys.executable).parent

MAKEFILE = Path("Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))


def test_make_alone_prints_every_command_with_its_meaning() -> None:
    printed = subprocess.run(["make"], capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in printed.splitlines()} == TARGETS
    assert all(len(line.split()) > 2 for line in printed.splitlines())


def test_every_command_is_phony_and_sets_everything_up_first() -> None:
    phony = set(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.M))
    assert phony == TARGETS
    first = dict(re.findall(r"^([a-z-]+):([^#\n]*)##", MAKEFILE, re.M))
    assert {name for name, needs in first.items() if not needs.strip()} == {"help"}


def test_ci_runs_the_check_and_the_check_runs_everything() -> None:
    assert "exec make check" in Path(".ci/run").read_text(encoding="utf-8")
    assert Path(".ci/run").stat().st_mode & 0o111
    told = subprocess.run(["make", "--dry-run", "check"], capture_output=True, text=True, check=True).stdout
    parts = ["ruff check", "ruff format --check", "mypy", "lint-imports", "detect-secrets-hook", "pip-licenses"]
    assert [part for part in [*parts, "slipcover"] if f".venv/bin/{part}" not in told] == []


def test_no_command_waits_for_an_application() -> None:
    asked = (
        "import sys, services.standalone; print('sqlalchemy' in sys.modules);"
        "import services.registry.__main__, services.projects.__main__, services.matching.__main__;"
        "print(sorted(name for name in sys.modules if name.endswith('.main') and name.startswith('services.')))"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == ["False", "[]"]


def test_a_committed_secret_is_found(tmp_path: Path) -> None:
    leak = tmp_path / "settings.py"
    leak.write_text('AWS_KEY = "AKIA' + 'QWERTZUIOPASDFGH"\n', encoding="utf-8")
    found = subprocess.run([BIN / "detect-secrets-hook", leak], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "AWS Access Key" in found.stdout


def test_a_licence_that_is_not_allowed_is_found() -> None:
    command = [BIN / "pip-licenses", "--summary", "--allow-only", "Apache", "--partial-match"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "not in allow-only licenses" in found.stderr


@pytest.mark.xdist_group("one-process")
def test_what_shares_a_platform_runs_in_one_process(request: pytest.FixtureRequest) -> None:
    # pytest-xdist tells groups apart by the end of the node id; where it does not, every process starts a platform.
    assert "PYTEST_XDIST_WORKER" not in os.environ or request.node.nodeid.endswith("@one-process")


def test_a_line_of_the_score_or_of_a_model_that_no_test_runs_is_found() -> None:
    whole, gap = {"missing_lines": [], "missing_branches": []}, {"missing_lines": [7], "missing_branches": []}
    seen = {"services/matching/scoring/fit.py": whole, "shared/db.py": gap, "services/registry/grants/models.py": gap}
    assert find_gaps(seen) == ["services/registry/grants/models.py: lines [7], branches []"]
