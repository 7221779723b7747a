"""What is the story's own: what the sample workbooks hold, by number and title or name; nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import openpyxl

from deploy.demo.actors import PROVINCE, Cast

NUMBERS = {
    "organizations": ("机构编号", "机构名称*"),
    "demands": ("需求编号*", "需求名称*"),
    "supplies": ("项目编号*", "供给项目名称*"),
}
"""The columns of the workbooks that name an entry."""


@cache
def read_entries(kind: str) -> frozenset[tuple[str, str]]:
    """Return number and title of every entry of a sample workbook."""
    with files("deploy.demo").joinpath("data", f"{kind}.xlsx").open("rb") as stream:
        sheet = openpyxl.load_workbook(stream, read_only=True).worksheets[0]
        return frozenset(_find_entries(sheet.iter_rows(values_only=True), *NUMBERS[kind]))


def _find_entries(rows: Iterator[tuple[Any, ...]], number: str, title: str) -> Iterator[tuple[str, str]]:
    heading = next(row for row in rows if number in row)
    for row in rows:
        if row[heading.index(number)]:
            yield str(row[heading.index(number)]).strip(), str(row[heading.index(title)]).strip()


def is_own(kind: str, entry: dict[str, Any]) -> bool:
    """Tell whether a demand, supply or organization is one of the sample's."""
    if kind == "organizations":
        # Its number is not public.
        return entry["name"] in {name for _number, name in read_entries(kind)}
    return (entry.get("source_number"), entry["title"]) in read_entries(kind)


@dataclass(frozen=True)
class Sample:
    """The ids of the sample's published demands and listed supplies on this platform."""

    demands: frozenset[str]
    supplies: frozenset[str]

    def holds(self, pairing: dict[str, Any]) -> bool:
        """Tell whether both sides of a pairing, or of a commitment, are the sample's."""
        return pairing["demand_id"] in self.demands and pairing["supply_id"] in self.supplies


async def find_sample(cast: Cast) -> Sample:
    """Look up the entries of the sample."""
    officer = await cast.play("provincial-officer", "provincial_officer", "省级业务管理员", division=PROVINCE)
    found = {
        kind: frozenset(one["id"] for one in await officer.list(f"/projects/v1/{kind}") if is_own(kind, one))
        for kind in ("demands", "supplies")
    }
    return Sample(demands=found["demands"], supplies=found["supplies"])
