"""A server starts: durable, on the loopback only, with passwords, and on the port that it had."""

import socket
import stat
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared.embedded_postgres import EmbeddedPostgres, cluster, errors, launch, postmaster
from tests.shared.embedded_postgres.clusters import cluster_of, plain


def test_a_new_cluster_is_durable_checked_and_on_the_loopback_only(open_root: Path) -> None:
    with EmbeddedPostgres(open_root, stop_with_parent=True) as embedded:
        asked = {
            name: embedded.run_script(f"SHOW {name}")
            for name in ("fsync", "data_checksums", "server_encoding", "listen_addresses", "unix_socket_directories")
        }
        ctype = embedded.run_script("SELECT datctype FROM pg_database WHERE datname = 'template1'")
        rules = embedded.run_script("SELECT DISTINCT auth_method FROM pg_hba_file_rules")
        assert postmaster.find(cluster_of(open_root)) is not None
    assert asked == {
        "fsync": "on",
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
    }
    assert ctype == "C.UTF-8"
    assert rules == "scram-sha-256"
    assert postmaster.find(cluster_of(open_root)) is None
    embedded.remove()


def test_passwords_are_for_the_owner_only(postgres: EmbeddedPostgres) -> None:
    records = postgres._records
    for path in (records.passwords_at, records.location_at, records.log_at):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(records.folder.glob("*.password"))


async def test_a_wrong_password_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(plain(postgres.dsn("postgres", password="wrong")))  # pragma: allowlist secret
    connection = await asyncpg.connect(plain(postgres.dsn("postgres")))
    assert await connection.fetchval("SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE oid = 10")
    await connection.close()


def test_a_port_is_known_only_after_the_start(open_root: Path) -> None:
    with pytest.raises(RuntimeError, match="start"):
        _ = EmbeddedPostgres(open_root).port


def test_the_port_is_kept_unless_it_is_taken(postgres: EmbeddedPostgres) -> None:
    before = postgres.port
    postgres.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", before))
        taken.listen()
        postgres.start()
        assert postgres.port != before
    kept = postgres.port
    postgres.stop()
    postgres.start()
    assert postgres.port == kept


def test_a_port_taken_at_the_last_moment_is_replaced(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.stop()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = [taken.getsockname()[1], cluster.choose_port(None)]
        wanted = ports[1]
        monkeypatch.setattr(launch, "choose_port", lambda recorded: ports.pop(0))
        postgres.start()
    assert postgres.port == wanted


def test_a_wanted_port_that_is_taken_is_an_error(open_root: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        embedded = EmbeddedPostgres(open_root, port=taken.getsockname()[1], durable=False)
        with pytest.raises(errors.ServerNotStarted, match="Address already in use"):
            embedded.start()
    embedded.remove()


def test_no_free_port_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Busy(socket.socket):
        def bind(self, address: Any) -> None:
            raise OSError

    monkeypatch.setattr(socket, "socket", Busy)
    with pytest.raises(OSError, match="no free port"):
        cluster.choose_port(1)


def test_a_long_log_is_put_aside(postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.stop()
    monkeypatch.setattr(launch, "MOST_LOG_BYTES", 10)
    postgres.start()
    assert postgres._records.log_at.with_suffix(".log.1").exists()
