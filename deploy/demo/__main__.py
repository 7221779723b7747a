"""``python -m deploy.demo``: start the platform, tell its story, write the report, and go on serving."""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx

from deploy.demo.actors import Refused
from deploy.demo.credentials import read_credentials
from deploy.demo.funnel import read_funnel
from deploy.demo.ports import settle_subscriber_port
from deploy.demo.show import (
    Bars,
    console,
    show_credentials,
    show_funnel,
    show_pairings,
    show_reasons,
    show_steps,
    show_where_to_go,
)
from deploy.demo.story import Stage, hire_subscriber, tell_story
from deploy.demo.subscriber import Subscriber
from services.installation import SERVICES, read_secrets
from services.supervisor import is_ready
from shared.embedded_postgres import EmbeddedPostgresFailed, claim
from shared.private_files import write_privately
from shared.processes import PortTaken, require_free_port, start_child, stop_child

DEMO_DAY = "2026-11-22"
HOST = "127.0.0.1"
READY_SECONDS = 180
PAUSE_SECONDS = 0.3


class DemoEnded(Exception):
    """The demo cannot go on; the message says why in both languages."""


def main() -> None:
    """Run the demo; with ``--once`` end when the story is told."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--data", type=Path, default=Path(".data"))
    parser.add_argument("--once", action="store_true", help="end when the story is told")
    options = parser.parse_args()
    told: list[signal.Signals] = []
    try:
        asyncio.run(_run(options, told))
    except asyncio.CancelledError:
        # Ctrl-C is how one ends the demo; whoever sends SIGTERM looks at the exit code.
        sys.exit(128 + signal.SIGTERM if signal.SIGTERM in told else 0)
    except (DemoEnded, EmbeddedPostgresFailed, PortTaken) as reason:
        sys.exit(str(reason))
    except Refused as refused:
        sys.exit(f"演示中断,平台拒绝了一个步骤 · the story ended, the platform refused a step: {refused}")


async def _run(options: argparse.Namespace, told: list[signal.Signals]) -> None:
    _end_on_signals(told)
    folder: Path = options.data
    with claim(folder):
        require_free_port(HOST, options.port)
    base_url = f"http://{HOST}:{options.port}"
    port = settle_subscriber_port(folder, HOST)
    # It listens before the platform sends and until the platform has stopped, so that nothing is sent in vain.
    async with hire_subscriber(folder, host=HOST, port=port) as subscriber:
        platform = _start_platform(options)
        try:
            await _unless_it_ends(platform, _await_ready(base_url, folder))
            stage = Stage(
                urls=dict.fromkeys(SERVICES, base_url),
                secrets=read_secrets(folder)["clients"],
                folder=folder,
                subscriber_url=f"http://{HOST}:{port}",
            )
            await _unless_it_ends(platform, _play(stage, subscriber))
            console.print(f"[bold]演示日期固定 · the demo's day is fixed:[/bold] {DEMO_DAY} (XIANGQIAO_AS_OF)")
            if not options.once:
                show_where_to_go(base_url)
                await _unless_it_ends(platform, asyncio.Event().wait())
        finally:
            await asyncio.to_thread(stop_child, platform, grace_seconds=60)


def _end_on_signals(told: list[signal.Signals]) -> None:
    """Cancel this task at the first SIGINT or SIGTERM; the platform is then stopped in order."""
    task = asyncio.current_task()

    def end(number: signal.Signals) -> None:
        if not told and task is not None:
            told.append(number)
            console.print("正在停止 · stopping")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end, number)


def _start_platform(options: argparse.Namespace) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "XIANGQIAO_AS_OF": DEMO_DAY,
        "REGISTRY_TOWNS_UNDER": "51",
        "MATCHING_PUSH_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
    }
    arguments = [sys.executable, "-m", "services.standalone"]
    arguments += ["--port", str(options.port), "--data", str(options.data), "--no-greeting"]
    # The platform stops in order when this process ends in whatever way.
    return start_child(arguments, env=environment, parent_death=signal.SIGTERM)


async def _unless_it_ends(platform: subprocess.Popen[bytes], work: Coroutine[Any, Any, object]) -> None:
    """
    Do some work while the platform runs.

    :raises DemoEnded: if the platform ends before the work is done
    """

    async def watch() -> None:
        while platform.poll() is None:  # noqa: ASYNC110  (a process sets no event)
            await asyncio.sleep(PAUSE_SECONDS)

    tasks = [asyncio.create_task(work), asyncio.create_task(watch())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not tasks[0].done():
            raise DemoEnded("平台已结束,请看上面的说明 · the platform ended, see above")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    tasks[0].result()


async def _play(stage: Stage, subscriber: Subscriber) -> None:
    examples: list[list[dict[str, Any]]] = []
    with Bars() as bars:
        report = await tell_story(stage, subscriber, bars.tell, lambda *found: examples.extend(found))
    pairings, candidates = examples
    show_pairings(pairings)
    show_reasons(candidates)
    file = stage.folder / "demo-report.json"
    write_privately(file, json.dumps(report, ensure_ascii=False, indent=1))
    show_funnel(report)
    show_steps(await read_funnel(stage))
    console.print(f"数字 · figures: {file}")
    show_credentials(await read_credentials(stage, pairings), stage.folder)


async def _await_ready(base_url: str, folder: Path) -> None:
    """
    Wait until the platform is ready, and is the one that has this folder's secrets.

    :raises DemoEnded: if it takes too long
    """
    with console.status("平台启动中 · the platform starts"):
        for _ in range(int(READY_SECONDS / PAUSE_SECONDS)):
            if await asyncio.to_thread(is_ready, base_url) and await _is_ours(base_url, folder):
                return
            await asyncio.sleep(PAUSE_SECONDS)
    raise DemoEnded(f"平台启动超时,请查看 {folder}/api.log · the platform did not get ready, see {folder}/api.log")


async def _is_ours(base_url: str, folder: Path) -> bool:
    """Tell whether the platform takes the secret of this folder's security administrator."""
    if not (folder / "secrets.json").exists():
        return False
    client = "security-administrator"
    form = {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_secret": read_secrets(folder)["clients"][client],
    }
    try:
        async with httpx.AsyncClient() as http:
            return (await http.post(f"{base_url}/registry/v1/tokens", data=form)).is_success
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main()
