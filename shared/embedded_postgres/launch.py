"""How the server's process is started, and what is tried again when it does not start at once."""

import signal
import subprocess
import time
from pathlib import Path

from shared.embedded_postgres import postmaster
from shared.embedded_postgres.binaries import PLAIN_ENVIRONMENT
from shared.embedded_postgres.cluster import build_command, choose_port
from shared.embedded_postgres.errors import ServerNotStarted
from shared.embedded_postgres.location import Location
from shared.embedded_postgres.records import Records
from shared.processes import start_child

START_SECONDS = 120.0
ATTEMPTS = 20
ATTEMPT_SECONDS = 0.5
MOST_LOG_BYTES = 10_000_000
MOST_REASON = 2_000


def launch(
    location: Location,
    records: Records,
    *,
    port: int | None,
    durable: bool,
    settings: dict[str, str],
    parent_death: signal.Signals | None,
) -> tuple[subprocess.Popen[bytes], int]:
    """
    Start the server of a cluster that has none, and return its process and port when it is ready.

    It is tried again if a port of our choice was taken meanwhile, or the memory of a killed server is still held.

    :raises ClusterStillHeld: if processes of a killed server do not end
    :raises ServerNotStarted: if it ends at once for another reason, or is not ready in time
    """
    if records.log_at.exists() and records.log_at.stat().st_size > MOST_LOG_BYTES:
        records.log_at.replace(records.log_at.with_suffix(".log.1"))
    records.log_at.touch(mode=0o600)
    reason = ""
    for _ in range(ATTEMPTS):
        postmaster.clear_orphans(location.cluster)
        postmaster.forget_stale(location.cluster)
        chosen = port or choose_port(records.read_location().get("port"))
        begin = records.log_at.stat().st_size
        with records.log_at.open("ab") as log:
            child = start_child(
                build_command(location, port=chosen, durable=durable, settings=settings),
                env=PLAIN_ENVIRONMENT,
                cwd=Path("/"),
                stdout=log,
                stderr=subprocess.STDOUT,
                parent_death=parent_death,
                user=location.user,
            )
        if _wait_until_ready(child, location.cluster):
            return child, chosen
        reason = _read_log(records.log_at, begin)
        held = "pre-existing shared memory block" in reason
        taken = "Address already in use" in reason and port is None
        if not (held or taken):
            break
        time.sleep(ATTEMPT_SECONDS)
    raise ServerNotStarted(log=records.log_at, reason=reason or "no answer in time")


def _wait_until_ready(child: subprocess.Popen[bytes], cluster: Path) -> bool:
    """Tell whether the server got ready; if not, it has ended."""
    for _ in range(int(START_SECONDS / postmaster.POLL_SECONDS)):
        if child.poll() is not None:
            return False
        server = postmaster.find(cluster)
        if server is not None and server.pid == child.pid and server.status == "ready":
            return True
        time.sleep(postmaster.POLL_SECONDS)
    child.kill()
    child.wait()
    return False


def _read_log(path: Path, begin: int) -> str:
    """Return the end of what was written to the log since a position."""
    with path.open("rb") as log:
        log.seek(begin)
        return log.read().decode("utf-8", "replace").strip()[-MOST_REASON:]
