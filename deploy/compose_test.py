"""Build and start the platform with Compose, play the demo's story through the gateway, and tear it all down."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from deploy.demo.show import Bars, console, show_funnel
from deploy.demo.story import Stage, hire_subscriber, tell_story
from deploy.write_env import SERVICES
from deploy.write_env import main as write_env

FOLDER = Path(__file__).parent
PROJECT = "xiangqiao-test"
COMPOSE = ["docker", "compose", "--project-name", PROJECT, "--env-file", str(FOLDER / ".env")]
AT_LEAST_ONE = ("excluded_pairs", "held_pairs", "next_best", "pushed", "confirmed", "lost_race", "completed")


def main() -> None:
    """Run the test and end with 1 if anything is not as it must be."""
    write_env()
    port, subscriber_port = _free_port(), _free_port()
    os.environ |= {
        "PORT": str(port),
        "XIANGQIAO_AS_OF": "2026-11-22",
        "REGISTRY_TOWNS_UNDER": "51",
        # The subscriber runs on the host, which the containers reach through Docker's own private network.
        "MATCHING_PUSH_ALLOWED_NETWORKS": '["172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8"]',
    }
    try:
        _compose("up", "--detach", "--build", "--wait", "--wait-timeout", "600")
        _check_users()
        faults = _find_faults(_play(port, subscriber_port))
        if faults:
            _compose("logs", "--tail", "40")
            sys.exit("\n".join(faults))
    except subprocess.CalledProcessError as error:
        _compose("ps", "--all", check=False)
        _compose("logs", "--tail", "40", check=False)
        sys.exit(str(error))
    finally:
        _compose("down", "--volumes", "--timeout", "20", check=False)
    console.print("compose-test: passed")


def _play(port: int, subscriber_port: int) -> dict[str, Any]:
    clients = json.loads((FOLDER / "bootstrap.json").read_text(encoding="utf-8"))
    secrets = {one["client_id"]: one["client_secret"] for one in clients}
    with tempfile.TemporaryDirectory() as folder, Bars() as bars:
        stage = Stage(
            urls=dict.fromkeys(SERVICES, f"http://127.0.0.1:{port}"),
            secrets=secrets,
            folder=Path(folder),
            subscriber_url=f"http://host.docker.internal:{subscriber_port}",
        )
        return asyncio.run(_tell(stage, subscriber_port, bars))


async def _tell(stage: Stage, port: int, bars: Bars) -> dict[str, Any]:
    # The containers must reach it.
    async with hire_subscriber(stage.folder, host="0.0.0.0", port=port) as subscriber:  # noqa: S104
        return await tell_story(stage, subscriber, bars.tell, lambda *_found: None)


def _find_faults(report: dict[str, Any]) -> list[str]:
    """Return what is not as the story must end."""
    show_funnel(report)
    faults = [f"{name} is {report[name]}, and must be above 0" for name in AT_LEAST_ONE if not report[name]]
    for name, other in (("signatures_verified", "pushed"), ("commitments", "confirmed")):
        if report[name] != report[other]:
            faults.append(f"{name} is {report[name]}, and {other} is {report[other]}: they must be equal")
    return faults


def _check_users() -> None:
    """Refuse a service that runs as root."""
    for service in ("registry", "projects-worker", "matching"):
        user = _compose("exec", "-T", service, "id", "-u", capture=True).strip()
        if user == "0":
            sys.exit(f"{service} runs as root")


def _compose(*arguments: str, check: bool = True, capture: bool = False) -> str:
    done = subprocess.run([*COMPOSE, *arguments], check=check, text=True, stdout=subprocess.PIPE if capture else None)  # noqa: S603
    return done.stdout or ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
