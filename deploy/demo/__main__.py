"""``python -m deploy.demo``: start the platform, tell its story, write the report, and go on serving."""

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import httpx

from deploy.demo.show import Bars, console, show_funnel, show_pairings, show_reasons, show_where_to_go
from deploy.demo.story import Stage, tell_story
from services.standalone import SERVICES, read_secrets
from shared.processes import start_child, stop_child

DEMO_DAY = "2026-11-22"
READY_SECONDS = 180


def main() -> None:
    """Run the demo; with ``--once`` end when the story is told."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--data", type=Path, default=Path(".data"))
    parser.add_argument("--once", action="store_true", help="end when the story is told")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    environment = os.environ | {
        "XIANGQIAO_AS_OF": DEMO_DAY,
        "REGISTRY_TOWNS_UNDER": "51",
        "MATCHING_PUSH_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
    }
    arguments = [sys.executable, "-m", "services.standalone"]
    arguments += ["--port", str(options.port), "--data", str(options.data)]
    # The platform stops in order when this process ends in whatever way.
    platform = start_child(arguments, env=environment, parent_death=signal.SIGTERM)
    base_url = f"http://127.0.0.1:{options.port}"
    try:
        _await_ready(base_url, platform)
        report = _play(base_url, options.data)
        show_funnel(report)
        show_where_to_go(base_url, str(options.data))
        if not options.once:
            console.print("[bold]平台继续运行,按 Ctrl-C 结束 · serving until Ctrl-C[/bold]")
            while platform.poll() is None:
                time.sleep(0.5)
    except KeyboardInterrupt:
        console.print("正在停止 · stopping")
    finally:
        stop_child(platform, grace_seconds=60)


def _play(base_url: str, folder: Path) -> dict[str, object]:
    port = _subscriber_port(folder)
    stage = Stage(
        urls=dict.fromkeys(SERVICES, base_url),
        administrator_secret=read_secrets(folder)["clients"]["security-administrator"],
        folder=folder,
        listen_host="127.0.0.1",
        listen_port=port,
        subscriber_url=f"http://127.0.0.1:{port}",
    )
    examples: list[list[dict[str, object]]] = []
    with Bars() as bars:
        report = asyncio.run(tell_story(stage, bars.tell, lambda *found: examples.extend(found)))
    show_pairings(examples[0])
    show_reasons(examples[1])
    (folder / "demo-report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    return report


def _subscriber_port(folder: Path) -> int:
    """Return the subscriber's port, the same at every start, so that what waits for it still finds it."""
    file = folder / "demo-subscriber-port"
    if not file.exists():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            file.write_text(str(probe.getsockname()[1]))
    return int(file.read_text())


def _await_ready(base_url: str, platform: object) -> None:
    deadline = time.monotonic() + READY_SECONDS
    with console.status("平台启动中 · the platform starts"):
        while time.monotonic() < deadline:
            if platform.poll() is not None:  # type: ignore[attr-defined]
                sys.exit("平台未能启动,请看上面的说明 · the platform did not start, see above")
            try:
                if all(
                    httpx.get(f"{base_url}/{name}/readyz").is_success for name in ("registry", "projects", "matching")
                ):
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.3)
    sys.exit("平台启动超时,请查看数据目录中的 api.log · the platform did not get ready, see api.log in the data folder")


if __name__ == "__main__":
    main()
