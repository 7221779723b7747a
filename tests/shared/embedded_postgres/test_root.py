"""A data root is held by one supervisor, and deleted only if it is the platform's own."""

from pathlib import Path

import pytest

from shared.embedded_postgres import claim, delete
from shared.embedded_postgres.errors import DataRootInUse, DataRootNotOurs
from shared.embedded_postgres.records import Records


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a data root as a platform leaves it, without the cluster."""
    folder = tmp_path / "data"
    records = Records(folder)
    with records.locked():
        records.keep_password("postgres")
    (folder / "secrets.json").write_text('{"secret_key": "", "clients": {}}')
    for name in ("api.log", "demo-clients.json", "database-port"):
        (folder / name).touch()
    return folder


def list_files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_a_data_root_that_is_in_use_is_neither_taken_nor_deleted(root: Path) -> None:
    with claim(root):
        before = list_files(root)
        with pytest.raises(DataRootInUse, match="stop it first"), claim(root):
            pass
        with pytest.raises(DataRootInUse, match="平台"):
            delete(root)
        assert list_files(root) == before
    assert delete(root) == []
    assert not root.exists()


@pytest.mark.parametrize("name", ["secrets.json", "postgres"])
def test_a_folder_that_is_not_the_platform_s_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    mine = tmp_path / "mine"
    (mine / name).mkdir(parents=True)
    (mine / "api.log").touch()
    before = list_files(mine)
    with pytest.raises(DataRootNotOurs, match="nothing was deleted"):
        delete(mine)
    assert list_files(mine) == before


def test_what_somebody_else_put_into_the_data_root_is_kept_and_named(root: Path) -> None:
    (root / "letters").mkdir()
    assert delete(root) == ["letters"]
    assert list_files(root) == {root / "letters"}
