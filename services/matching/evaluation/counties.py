"""Which counties are lifted or key counties: read from the reference tables of the registry, as files."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REFERENCE_FOLDER = Path(__file__).resolve().parents[2] / "registry" / "reference"
_TABLES = {
    "lifted_county_832": ("poverty_832_counties.csv", "current_code"),
    "key_county_2021": ("key_counties_2021.csv", "code"),
}


@dataclass(frozen=True)
class Counties:
    """The county codes (6 digits) of each designation."""

    codes: Mapping[str, frozenset[str]]

    def find_designations(self, county_code: str, *, stated: Mapping[str, bool | None]) -> frozenset[str]:
        """Return the designations of a county: what a case states counts, the tables fill what it leaves open."""
        found = set()
        for designation, codes in self.codes.items():
            answer = stated.get(designation)
            if answer if answer is not None else county_code in codes:
                found.add(designation)
        return frozenset(found)


def read_counties(folder: Path = REFERENCE_FOLDER) -> Counties:
    """
    Read the county tables; the default folder is that of the registry, found relative to this file.

    :raises FileNotFoundError: if a table is missing
    """
    codes = {}
    for designation, (name, column) in _TABLES.items():
        with (folder / name).open(encoding="utf-8", newline="") as table:
            codes[designation] = frozenset(row[column] for row in csv.DictReader(table))
    return Counties(codes=codes)
