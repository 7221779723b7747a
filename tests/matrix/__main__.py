"""The matrix as a command: ``python -m tests.matrix [--json FILE]`` asks every route as everybody."""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from pydantic import SecretStr

from shared.embedded_postgres import EmbeddedPostgres
from shared.settings import CommonSettings
from shared.testing import ISSUER, SECRET_KEY, Postgres, TestIssuer
from tests.matrix.expected import RULES, SECRETS
from tests.matrix.judging import Judge, Report
from tests.matrix.opening import open_service


async def run(postgres: Postgres) -> Report:
    """Ask the three services, each of which is there only as long as it is asked."""
    report, issuer = Report(), TestIssuer()
    common = CommonSettings(secret_key=SecretStr(SECRET_KEY), issuer=ISSUER)
    for service, rules in RULES.items():
        async with open_service(service, postgres, issuer, common) as opened:
            await Judge(opened, SECRETS[service], report).judge(rules)
    return report


def main() -> None:
    """Print the numbers as JSON, what was not as expected on standard error, and fail if there was anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--json", type=Path, help="a file for the numbers")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False, stop_with_parent=True)
        server.start()
        try:
            report = asyncio.run(run(Postgres(server)))
        finally:
            server.remove()
    numbers = json.dumps(report.numbers())
    sys.stderr.writelines(f"{surprise}\n" for surprise in report.surprises)
    sys.stdout.write(f"{numbers}\n")
    if wanted.json:
        wanted.json.write_text(f"{numbers}\n", encoding="utf-8")
    sys.exit(1 if report.surprises else 0)


if __name__ == "__main__":
    main()
