"""The division index of the committed reference tables, as the tests use it."""

import csv
import gzip
from functools import cache
from pathlib import Path

from shared.china.divisions import DivisionIndex, DivisionRow, build_index, normalise_division_code

REFERENCE = Path(__file__).parents[2] / "services" / "registry" / "reference"


@cache
def reference_index() -> DivisionIndex:
    """Return the index of provinces to towns with all changes since 2000."""
    with (REFERENCE / "divisions_l1_l3_20251231.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [DivisionRow(normalise_division_code(row["code"]), row["name"]) for row in csv.DictReader(file)]
    with gzip.open(REFERENCE / "townships_20251231.csv.gz", "rt", encoding="utf-8-sig", newline="") as file:
        rows += [DivisionRow(normalise_division_code(row["code9"]), row["name"]) for row in csv.DictReader(file)]
    with (REFERENCE / "county_code_changes_2000_2026.csv").open(encoding="utf-8-sig", newline="") as file:
        return build_index(rows, csv.DictReader(file))
