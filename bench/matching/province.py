"""
A made-up province: its places are real, its demands, organizations and supplies are not.

Texts are put together from the clauses of the judged development cases, about 116 characters each, with names of real
townships and numbers between them; lists, budgets, dates and standing vary around those of the cases. What an area
covers is an assumption: most supplies are local, as most social organizations are (see ``_COVERAGE``).

Nor does a market grow without end in one place: up to ``PROVINCE_SIZE`` it is one province, Sichuan; beyond, of as many
provinces as that goes into it (those with the most townships, each with as much as the others), while the shares of
``_COVERAGE`` stay. A demand then meets the national supplies of all provinces and the others of its own alone.
"""

import csv
import gzip
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from services.matching.evaluation.cases import read_cases
from services.matching.evaluation.counties import REFERENCE_FOLDER, read_counties
from services.matching.scoring.facts import AssessmentFacts, DemandFacts, Offer, OrganizationFacts, QualificationFacts
from shared.contracts.codes import BeneficiaryGroup, FieldCode

CASES = Path("tests/data/sample")
PROVINCE_SIZE = 100_000
"""So many demands, and as many supplies, are one province."""
AS_OF = date(2026, 11, 22)
LENGTH = 116
_COVERAGE = {"*": 0.05, "province": 0.20, "prefecture": 0.25, "county": 0.42, "town": 0.08}
_LEVELS = {"*": "national", "province": "provincial", "prefecture": "prefectural", "county": "county", "town": "county"}
_CLAUSE = re.compile(r"[^,。;、]+[,。;、]?")
_YUAN = (5_000, 10_000, 20_000, 30_000, 50_000, 80_000, 100_000, 200_000, 300_000, 500_000, 1_000_000)


@dataclass(frozen=True)
class _Material:
    prototypes: list[DemandFacts] | list[Offer]
    clauses: dict[str, list[str]]


class Province:
    """Demands and offers of a seed in one province or several, each made when it is asked for."""

    def __init__(self, seed: int = 4, cases: Path = CASES, *, provinces: int = 1) -> None:
        self._seed = seed
        counties = read_counties()
        files = [
            read_cases(cases / name, counties=counties) for name in ("dev_matching.json", "dev_matching_hard.json")
        ]
        every = [case for file in files for case in file.cases]
        self._demands = [case.demand for case in every]
        self._offers = list({offer.supply.supply_id: offer for case in every for offer in case.offers}.values())
        self._asked = _collect((one.fields, f"{one.description}") for one in self._demands)
        self._offered = _collect((one.supply.fields, one.supply.description) for one in self._offers)
        self._designations = {
            code: counties.find_designations(code, stated={}) for codes in counties.codes.values() for code in codes
        }
        self._towns = _read_towns(provinces)
        self._provinces = list(self._towns)

    def make_demands(self, count: int) -> Iterator[DemandFacts]:
        """Make demands at villages (and some at towns and counties) all over the province."""
        dice = random.Random(f"demands {self._seed}")
        for number in range(count):
            like = dice.choice(self._demands)
            town, name = self._choose_town(dice)
            code = dice.choices([town + f"{dice.randint(200, 240)}", town, town[:6]], [7, 2, 1])[0]
            start = AS_OF + timedelta(days=dice.randint(-60, 120))
            fields = like.fields | ({dice.choice(list(FieldCode)).value} if dice.random() < 0.15 else set())
            persons = dice.randint(10, 2000)
            yield replace(
                like,
                demand_id=f"d{number:08}",
                title=f"{name}{_write(dice, self._asked, fields, 8)}",
                description=f"{name}{dice.randint(2, 900)}户,{_write(dice, self._asked, fields, LENGTH - 20)}",
                division_code=code,
                fields=frozenset(fields),
                groups=_vary_groups(dice, like.groups),
                designations=self._designations.get(town[:6], frozenset()),
                is_resettlement_site=dice.random() < 0.05,
                persons=persons,
                monitored_persons=dice.choice([None, dice.randint(0, persons)]),
                budget_fen=None if dice.random() < 0.2 else dice.choice(_YUAN) * 100,
                secured_fen=None,
                requires_public_fundraising=dice.random() < 0.05,
                procurement="government_purchase" if dice.random() < 0.05 else "none",
                starts_on=None if dice.random() < 0.3 else start,
                ends_on=None if dice.random() < 0.3 else start + timedelta(days=dice.randint(60, 700)),
            )

    def make_offers(self, count: int) -> Iterator[Offer]:
        """Make offers, two or three of each organization, whose areas are as local as their organizations."""
        dice = random.Random(f"offers {self._seed}")
        organization, reach, number = self._make_organization(dice, 0), "county", 0
        home, name = self._towns[self._provinces[0]][0]
        for number in range(count):
            if number % 5 in (0, 2):
                reach = dice.choices(list(_COVERAGE), list(_COVERAGE.values()))[0]
                home, name = self._choose_town(dice)
                organization = replace(
                    self._make_organization(dice, number),
                    level=_LEVELS[reach],
                    registered_division=_register(reach, home),
                )
            like = dice.choice(self._offers).supply
            start = AS_OF + timedelta(days=dice.randint(-300, 60))
            total = dice.randint(1, 60)
            fields = like.fields | ({dice.choice(list(FieldCode)).value} if dice.random() < 0.15 else set())
            yield Offer(
                supply=replace(
                    like,
                    supply_id=f"s{number:08}",
                    organization_id=organization.organization_id,
                    title=f"{name[:2]}{_write(dice, self._offered, fields, 8)}",
                    description=f"{_write(dice, self._offered, fields, LENGTH - 14)}{dice.randint(2, 99)}期",
                    fields=frozenset(fields),
                    groups=_vary_groups(dice, like.groups),
                    service_regions=self._cover(dice, reach, home),
                    capacity_total=total,
                    capacity_used=total if dice.random() < 0.05 else dice.randint(0, total - 1),
                    budget_fen=dice.choice([None, 0, *(yuan * 100 for yuan in _YUAN)]),
                    plans_public_fundraising=dice.random() < 0.05,
                    starts_on=None if dice.random() < 0.3 else start,
                    ends_on=None if dice.random() < 0.3 else start + timedelta(days=dice.randint(200, 1500)),
                    participations_last_3y=dice.choice([None, 0, 0, 1, 2, 3]),
                ),
                organization=organization,
            )

    def _make_organization(self, dice: random.Random, number: int) -> OrganizationFacts:
        grade = dice.choice([None, None, "3A", "4A", "5A"])
        return replace(
            dice.choice(self._offers).organization,
            organization_id=f"o{number:08}",
            registration_status="normal" if dice.random() < 0.98 else "deregistered",
            credit_status=dice.choices(["normal", "abnormal", "seriously_illegal"], [96, 3, 1])[0],
            annual_check=dice.choices([None, "passed", "failed"], [20, 77, 3])[0],
            assessment=AssessmentFacts(grade=grade) if grade else None,
            public_fundraising=QualificationFacts(held=True) if dice.random() < 0.1 else None,
            cooperating_fundraiser=None,
            charter_fields=None,
            disclosure_overdue=dice.choice([None, False, False, dice.random() < 0.1]),
            completed_pairings=dice.choice([None, 0, 1, 2, 4]),
            mean_rating=dice.choice([None, 3.0, 4.0, 4.5]),
        )

    def _choose_town(self, dice: random.Random) -> tuple[str, str]:
        only = len(self._provinces) == 1  # one province throws no dice: it stays what it was before there were more
        return dice.choice(self._towns[self._provinces[0] if only else dice.choice(self._provinces)])

    def _cover(self, dice: random.Random, reach: str, home: str) -> tuple[str, ...]:
        if reach in ("*", "province"):
            return ("*",) if reach == "*" else (home[:2],)
        digits = {"prefecture": 4, "county": 6, "town": 9}[reach]
        more = [dice.choice(self._towns[home[:2]])[0][:digits]] if dice.random() < 0.2 else []
        return tuple(dict.fromkeys([home[:digits], *more]))


def count_provinces(size: int, province_size: int = PROVINCE_SIZE) -> int:
    """Return of how many provinces a market of a size is."""
    return max(1, size // province_size)


def _read_towns(provinces: int) -> dict[str, list[tuple[str, str]]]:
    """Return code and name of every township of the provinces with the most, by the province's two digits."""
    with gzip.open(REFERENCE_FOLDER / "townships_20251231.csv.gz", "rt", encoding="utf-8") as table:
        rows = [(row["code9"], row["name"]) for row in csv.DictReader(table)]
    counts = Counter(code[:2] for code, _ in rows).most_common(provinces)
    return {province: [row for row in rows if row[0].startswith(province)] for province, _ in counts}


def _collect(texts: object) -> dict[str, list[str]]:
    clauses: dict[str, list[str]] = defaultdict(list)
    for fields, text in texts:  # type: ignore[attr-defined]
        for field in sorted(fields):
            clauses[field] += _CLAUSE.findall(text)
    return clauses


def _write(dice: random.Random, clauses: dict[str, list[str]], fields: object, length: int) -> str:
    known = [field for field in sorted(fields) if field in clauses] or sorted(clauses)  # type: ignore[call-overload]
    text = ""
    while len(text) < length:
        text += dice.choice(clauses[dice.choice(known)])
    return text


def _vary_groups(dice: random.Random, groups: frozenset[str]) -> frozenset[str]:
    return groups | {dice.choice(list(BeneficiaryGroup)).value} if dice.random() < 0.2 else groups


def _register(reach: str, home: str) -> str:
    return {"*": "100000", "province": f"{home[:2]}0000", "prefecture": f"{home[:4]}00"}.get(reach, home[:6])
