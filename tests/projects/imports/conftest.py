"""The day on which the sample was written, and an officer of the whole nation."""

import pytest

from shared.contracts.codes import Role
from shared.testing import Caller
from tests.projects.library import NATION, Library


@pytest.fixture(autouse=True)
def the_day_of_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIANGQIAO_AS_OF", "2026-11-22")


@pytest.fixture
def nation(library: Library) -> Caller:
    return library.call(Role.RURAL_OFFICER, division=NATION, sub="rural-nation")
