"""A cluster on disk: how it is made, and the settings it is run with."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from shared.database_roles import CHARACTER_TYPE
from shared.embedded_postgres.binaries import PLAIN_ENVIRONMENT, read_version
from shared.embedded_postgres.errors import ClusterNotCreated, ClusterOfOtherVersion
from shared.embedded_postgres.location import Location
from shared.embedded_postgres.postmaster import name_cluster

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # The details of a refused row hold its values, which may be personal data.
    "log_error_verbosity": "terse",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def create_cluster(location: Location, *, password: str, durable: bool) -> None:
    """
    Make the cluster if it is not there: SCRAM for everybody, UTF-8, checksums; all of it or nothing.

    :raises ClusterNotCreated: if ``initdb`` fails
    :raises ClusterOfOtherVersion: if it is there, and of another major version than the binaries
    """
    cluster = location.cluster
    if (cluster / "PG_VERSION").exists():
        _check_version(location)
        return
    half, password_at = cluster.with_name("cluster.half"), cluster.with_name("cluster.password")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    password_at.unlink(missing_ok=True)
    try:
        password_at.touch(mode=0o600)
        password_at.write_text(password, "ascii")
        if location.user is not None:
            os.chown(half, *location.user)
            os.chown(password_at, *location.user)
        _run_initdb(location, half, password_at, durable=durable)
    finally:
        password_at.unlink(missing_ok=True)
    half.rename(cluster)


def build_command(location: Location, *, port: int, durable: bool, settings: dict[str, str]) -> list[str | Path]:
    """Return the command line of the server, with every setting on it."""
    chosen = {
        **SETTINGS,
        **({} if durable else NOT_DURABLE),
        **settings,
        "cluster_name": name_cluster(location.cluster),
    }
    options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    return [location.installation / "bin" / "postgres", "-D", location.cluster, "-p", str(port), *options]


def choose_port(recorded: int | None) -> int:
    """Return the recorded port of the loopback if it is free, else a free one."""
    for port in (recorded, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on the loopback")


def _check_version(location: Location) -> None:
    found = (location.cluster / "PG_VERSION").read_text("ascii").strip()
    installed = read_version(location.installation)
    if installed.split(".")[0] != found:
        raise ClusterOfOtherVersion(place=location.cluster, found=found, installed=installed)


def _run_initdb(location: Location, cluster: Path, password_at: Path, *, durable: bool) -> None:
    uid, gid = location.user or (None, None)
    answer = subprocess.run(  # noqa: S603
        [location.installation / "bin" / "initdb", "--pgdata", cluster, "--username=postgres",
         "--pwfile", password_at, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
         f"--lc-ctype={CHARACTER_TYPE}", "--data-checksums", "--no-instructions",
         *([] if durable else ["--no-sync"])],
        user=uid, group=gid, extra_groups=None if location.user is None else [], cwd="/",
        env=PLAIN_ENVIRONMENT, capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if answer.returncode != 0:
        raise ClusterNotCreated(reason=answer.stderr.strip())
