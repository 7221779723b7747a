"""The index of recorded divisions, built once a process and again only when they changed."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from datetime import date
from typing import Protocol

from shared.china.divisions import DivisionChange, DivisionIndex, DivisionRow


class RecordedDivision(Protocol):
    """A division as a service has it on record, with what it was called and what followed it."""

    @property
    def code(self) -> str:
        """The 12-digit code."""

    @property
    def name(self) -> str:
        """The name."""

    @property
    def parent_code(self) -> str | None:
        """The code of the division above."""

    @property
    def full_name(self) -> str:
        """The names from the province down."""

    @property
    def last_valid_on(self) -> date | None:
        """The last day in force, or nothing."""

    @property
    def successor_codes(self) -> list[str]:
        """The codes that replaced it."""

    @property
    def former_names(self) -> list[str]:
        """What it was called before."""


class DivisionIndexCache:
    """The index of the revision that this process used last: one entry."""

    def __init__(self) -> None:
        self._built: dict[Hashable, DivisionIndex] = {}

    async def get(self, revision: Hashable, read: Callable[[], Awaitable[Sequence[RecordedDivision]]]) -> DivisionIndex:
        """Return the index of a revision; ``read`` gives every division, also those out of force."""
        index = self._built.get(revision)
        if index is None:
            index = await asyncio.to_thread(build_index, await read())
            self._built.clear()
            self._built[revision] = index
        return index


def build_index(divisions: Iterable[RecordedDivision]) -> DivisionIndex:
    """Return the index of the divisions in force, which are also found by the codes and names that they replaced."""
    rows: list[DivisionRow] = []
    changes: list[DivisionChange] = []
    for one in divisions:
        changes += [DivisionChange(one.code, name, one.code) for name in one.former_names]
        if one.last_valid_on is None:
            rows.append(DivisionRow(one.code, one.name, one.parent_code, one.full_name))
        else:
            changes += [DivisionChange(one.code, one.name, following) for following in one.successor_codes]
    return DivisionIndex(rows, changes)
