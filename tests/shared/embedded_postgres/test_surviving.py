"""After a kill: committed rows, orphans that hold the memory, and pid files that lie."""

import os
import signal
from pathlib import Path

import asyncpg
import pytest

from shared.embedded_postgres import EmbeddedPostgres, errors, launch, postmaster
from shared.processes import start_child
from tests.shared.embedded_postgres.clusters import cluster_of, kill_hard, live_pid, plain


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
