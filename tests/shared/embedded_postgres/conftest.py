"""Data roots that every user or only their owner may enter, and a server on a root that others have used."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.embedded_postgres import EmbeddedPostgres


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
