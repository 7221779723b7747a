"""Read the reference tables of divisions: current codes, old codes with successors, and designations."""

import csv
import gzip
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from importlib.resources import files

from services.registry.divisions.actions import DesignationFact, DivisionFact
from shared.china.divisions import NATIONAL, NATIONAL_NAME, level_of, normalise_division_code
from shared.contracts.codes import Designation

SOURCE = "民政部行政区划代码 2025-12-31"
CHANGES_SOURCE = "GB/T 2260 逐年变更 2000-2026"
LIFTED_FROM, KEY_FROM = date(2014, 1, 1), date(2021, 8, 27)
THREE_REGIONS = ("54", "6531", "6530", "6532", "6529", "5134", "5333", "6229")
"""三区三州 by code: 西藏, 南疆四地州, 凉山, 怒江, 临夏 (rules.md, from memory)."""
TIBETAN_PREFECTURES = ("5132", "5133", "5334", "6230", "6322", "6323", "6325", "6326", "6327", "6328")
"""四省藏区 by prefecture: 阿坝, 甘孜, 迪庆, 甘南 and the six of 青海; single counties outside are not in this table."""


TABLES = (
    "divisions_l1_l3_20251231.csv", "townships_20251231.csv.gz", "county_code_changes_2000_2026.csv",
    "poverty_832_counties.csv", "key_counties_2021.csv",
)  # fmt: skip


def digest_of_tables(*, towns_under: str = "") -> str:
    """Return what changes whenever a reference table, the way it is read, or the towns wanted change."""
    digest = hashlib.sha256(towns_under.encode())
    for name in (*TABLES, "reading.py"):
        digest.update(files("services.registry.reference").joinpath(name).read_bytes())
    return digest.hexdigest()


def _rows(name: str) -> Iterator[dict[str, str]]:
    raw = files("services.registry.reference").joinpath(name).read_bytes()
    text = gzip.decompress(raw) if name.endswith(".gz") else raw
    return csv.DictReader(io.StringIO(text.decode("utf-8-sig")))


def read_division_facts(*, towns_under: str = "") -> list[DivisionFact]:
    """Return every division of the reference tables; towns only under this prefix of codes (all without one)."""
    labels = _designations()
    former, obsolete = _changes()
    names: dict[str, tuple[str, str]] = {}
    facts = [DivisionFact(NATIONAL, NATIONAL_NAME, NATIONAL_NAME, None, "national", SOURCE)]
    for row in _rows("divisions_l1_l3_20251231.csv"):
        code = normalise_division_code(row["code"])
        parent = normalise_division_code(row["parent_code"]) if row["parent_code"] else NATIONAL
        full = names[parent][1] + row["name"] if parent in names else row["name"]
        names[code] = (row["name"], full)
        facts.append(
            DivisionFact(
                code, row["name"], full, parent, level_of(code).value, SOURCE,
                former_names=tuple(sorted(former[code])), designations=tuple(labels[code]),
            )
        )  # fmt: skip
    for row in _rows("townships_20251231.csv.gz"):
        if row["code9"].startswith(towns_under):
            parent = normalise_division_code(row["county_code"])
            full = names[parent][1] + row["name"] if parent in names else row["name"]
            facts.append(DivisionFact(normalise_division_code(row["code9"]), row["name"], full, parent, "town", SOURCE))
    current = {fact.code for fact in facts}
    return facts + [fact for fact in obsolete if fact.code not in current]


def _designations() -> dict[str, list[DesignationFact]]:
    labels: dict[str, list[DesignationFact]] = defaultdict(list)
    for row in _rows("poverty_832_counties.csv"):
        if not row["current_code"]:
            continue  # 大柴旦行委 stands in no table of county codes
        fact = DesignationFact(Designation.LIFTED_COUNTY_832, "832 county list, by province", LIFTED_FROM)
        labels[normalise_division_code(row["current_code"])].append(fact)
    for row in _rows("key_counties_2021.csv"):
        source = f"2021-08-27 list ({row['evidence']})"
        labels[normalise_division_code(row["code"])].append(
            DesignationFact(Designation.KEY_COUNTY_2021, source, KEY_FROM)
        )
    for row in _rows("divisions_l1_l3_20251231.csv"):
        if row["level"] == "3" and row["code"].startswith(THREE_REGIONS + TIBETAN_PREFECTURES):
            fact = DesignationFact(Designation.THREE_REGIONS_THREE_PREFECTURES, "2017 list of areas, by prefecture")
            labels[normalise_division_code(row["code"])].append(fact)
    # Two counties of a list may be one county today.
    return defaultdict(list, {code: list(dict.fromkeys(facts)) for code, facts in labels.items()})


def _changes() -> tuple[dict[str, set[str]], list[DivisionFact]]:
    """Return the former names by current code, and the codes out of force with their successors."""
    former: dict[str, set[str]] = defaultdict(set)
    successors: dict[str, dict[str, None]] = defaultdict(dict)
    last: dict[str, tuple[str, int]] = {}
    for row in _rows("county_code_changes_2000_2026.csv"):
        if not (row["old_code"] and row["new_code"]):
            continue
        old, new = normalise_division_code(row["old_code"]), normalise_division_code(row["new_code"])
        if old == new:
            former[new].add(row["old_name"])
        else:
            successors[old][new] = None
            last[old] = (row["old_name"], int(row["year"]))
    obsolete = [
        DivisionFact(
            code, last[code][0], last[code][0], None, level_of(code).value, CHANGES_SOURCE,
            last_valid_on=date(last[code][1], 12, 31), successor_codes=tuple(following),
        )
        for code, following in successors.items()
    ]  # fmt: skip
    return former, obsolete
