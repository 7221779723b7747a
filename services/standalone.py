"""The all-in-one start: embedded PostgreSQL, migrations, one API process and one worker process on one port."""

import argparse
import asyncio
import sys
from pathlib import Path

from services.installation import run_within
from services.supervisor import PROCESSES, Supervisor
from shared.embedded_postgres import EmbeddedPostgresFailed, claim, delete
from shared.processes import EndsAgainAndAgain, PortTaken


def main() -> None:
    """Do what the command line asks: the whole platform, one of its two processes, or a command beside it."""
    parser = argparse.ArgumentParser(prog="python -m services.standalone", description=__doc__)
    parser.add_argument("process", nargs="?", choices=["all", "api", "worker", "clean", "run"], default="all")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--data", type=Path, default=Path(".data"), help="folder of the database, secrets and logs")
    parser.add_argument("command", nargs="*", help="of run: what to run in the environment of the platform, after --")
    parser.add_argument("--no-greeting", action="store_true", help="do not say when the platform is ready")
    options = parser.parse_args()
    if options.process in PROCESSES:
        _run_process(options)
    elif options.process == "clean":
        _clean(options.data)
    elif options.process == "run":
        sys.exit(run_within(options.data, options.command))
    else:
        with claim(options.data):
            Supervisor(options.data, options.host, options.port, greets=not options.no_greeting).run()


def _run_process(options: argparse.Namespace) -> None:
    # The three applications take 3 s to import: neither the supervisor nor a command beside it is to wait for them.
    from services.together import run_apis, run_workers
    from shared.command_line import run_command
    from shared.serving import run_on_loop

    if options.process == "worker":
        run_command(lambda: asyncio.run(run_workers()))
    else:
        run_command(lambda: run_on_loop(run_apis(options.host, options.port)))


def _clean(data: Path) -> None:
    if not data.exists():
        sys.stdout.write(f"没有 {data},无可删除 · there is no {data}, nothing to delete\n")
        return
    try:
        left = delete(data)
    except EmbeddedPostgresFailed as refused:
        sys.stderr.write(f"{refused}\n")
        sys.exit(2)
    sys.stdout.write(f"已删除 {data} 中的平台数据和数据库 · deleted the platform's data and database in {data}\n")
    if left:
        names = ", ".join(left)
        sys.stdout.write(f"以下文件不是平台所建,保留在 {data} · not made by the platform and kept in {data}: {names}\n")


if __name__ == "__main__":
    try:
        main()
    except (EmbeddedPostgresFailed, PortTaken, EndsAgainAndAgain) as failed:
        sys.exit(str(failed))
