"""From facts to columns: texts become terms and vectors, codes become classes, places become areas."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from services.matching.engine.columns import (
    UNKNOWN_END,
    UNKNOWN_MONEY,
    UNKNOWN_START,
    DemandColumns,
    Ragged,
    SupplyColumns,
    join_columns,
)
from services.matching.engine.definition import make_sample_demand, read_definition
from services.matching.engine.tables import PartTables, Tables
from services.matching.scoring.facts import WHOLE_COUNTRY, DemandFacts, Offer
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import measure_tie_breakers
from services.matching.scoring.term_rows import TermRows
from services.matching.scoring.text import TextModel, TextVectors, to_units
from services.matching.scoring.wording import read_demand_text, read_supply_text

_CHUNK = 2_000
_PREFIXES = (2, 4, 6, 9, 12)
T = TypeVar("T")


class Encoder:
    """Gives terms, areas and classes their numbers; several threads may encode, one after the other."""

    def __init__(self, *, policy: Policy, as_of: date, text_model: TextModel) -> None:
        self.definition = read_definition(policy)
        self._policy, self._text_model = policy, text_model
        self._parts = PartTables(policy, as_of)
        self._terms: dict[str, int] = {}
        self._areas: dict[str, int] = {}
        self._lock = Lock()
        self._tie_count = max(len(policy.tie_breakers), len(policy.purchase_tie_breakers))
        self._sample = make_sample_demand(), make_sample_demand(procurement="government_purchase")

    @property
    def term_count(self) -> int:
        """Return how many terms there are."""
        return len(self._terms)

    def fill_tables(self) -> Tables:
        """Return the part tables for every class there is now."""
        with self._lock:
            return self._parts.fill()

    def encode_supplies(self, offers: Iterable[Offer]) -> SupplyColumns:
        """Return supplies as columns in the order given."""
        return join_columns([self._encode_supplies(chunk) for chunk in _cut(offers)])

    def encode_demands(self, demands: Iterable[DemandFacts]) -> DemandColumns:
        """Return demands as columns in the order given."""
        return join_columns([self._encode_demands(chunk) for chunk in _cut(demands)])

    def _encode_supplies(self, offers: Sequence[Offer]) -> SupplyColumns:
        supplies = [offer.supply for offer in offers]
        texts = self._text_model.encode([read_supply_text(supply) for supply in supplies])
        with self._lock:
            classes = [self._parts.classify_offer(offer) for offer in offers]
            records = [self._parts.measure_record(offer.organization) for offer in offers]
            ties = [self._list_ties(offer) for offer in offers]
            areas = Ragged.of([self._number_areas(list_coverage(supply.service_regions)) for supply in supplies], "i4")
            return SupplyColumns(
                ids=np.array([supply.supply_id for supply in supplies], dtype=object),
                classes=np.array(classes, dtype=np.int32).reshape(-1, 7),
                record=np.array(records, dtype=np.float64).reshape(-1, 2),
                ties=np.array(ties, dtype=np.float64).reshape(len(offers), 2 * self._tie_count),
                **_read_numbers([(one.budget_fen, one.starts_on, one.ends_on) for one in supplies]),
                areas=areas,
                **self._number_texts(texts),
            )

    def _encode_demands(self, demands: Sequence[DemandFacts]) -> DemandColumns:
        texts = self._text_model.encode([read_demand_text(demand) for demand in demands])
        with self._lock:
            return DemandColumns(
                ids=np.array([demand.demand_id for demand in demands], dtype=object),
                classes=np.array([self._parts.classify_demand(one) for one in demands], np.int32).reshape(-1, 7),
                people=np.array([self._parts.measure_people(demand) for demand in demands], dtype=np.float64),
                purchase=np.array([demand.is_government_purchase for demand in demands], dtype=np.int32),
                codes=np.array([1 + len(demand.former_division_codes) for demand in demands], dtype=np.int32),
                **_read_numbers([(one.open_need_fen, one.starts_on, one.ends_on) for one in demands]),
                areas=Ragged.of([self._number_areas(list_ancestors(demand)) for demand in demands], "i4"),
                **self._number_texts(texts),
            )

    def _list_ties(self, offer: Offer) -> list[float]:
        """Return the usual tie-breakers and then those of a government purchase, each side as long as the longer."""
        length = self._tie_count
        ties: list[float] = []
        for demand in self._sample:
            values = [value for _, value in measure_tie_breakers(demand, offer.supply, self._policy)]
            ties += values + [0.0] * (length - len(values))
        return ties

    def _number_areas(self, codes: Iterable[str]) -> list[int]:
        return [self._areas.setdefault(code, len(self._areas)) for code in codes]

    def _number_texts(self, texts: TextVectors) -> dict[str, Any]:
        known, rows = self._terms, texts.terms if isinstance(texts.terms, TermRows) else TermRows.of(texts.terms)
        numbers = np.array([known.setdefault(term, len(known)) for term in rows.vocabulary], dtype=np.int32)
        meaning = texts.embeddings if self.definition.meaning_slope else texts.embeddings[:, :0]
        return {
            "terms": Ragged(rows.starts, numbers[rows.numbers]),
            "weights": Ragged(rows.starts, rows.weights),
            "meaning": np.ascontiguousarray(to_units(meaning)),
        }


def list_coverage(regions: Iterable[str]) -> list[str]:
    """Return the regions of a supply without those that lie inside another one."""
    distinct = sorted(set(regions))
    if WHOLE_COUNTRY in distinct:
        return [WHOLE_COUNTRY]
    kept: list[str] = []
    for region in distinct:  # what contains a region is sorted before it
        if not any(region.startswith(other) for other in kept):
            kept.append(region)
    return kept


def list_ancestors(demand: DemandFacts) -> list[str]:
    """Return every region that would contain the demand's place, under its present or a former code."""
    codes = (demand.division_code, *demand.former_division_codes)
    prefixes = [code[:digits] for code in codes for digits in _PREFIXES if digits <= len(code)]
    return [WHOLE_COUNTRY, *dict.fromkeys(prefixes)]


def _read_numbers(facts: Sequence[tuple[int | None, date | None, date | None]]) -> dict[str, Any]:
    return {
        "money": np.array([UNKNOWN_MONEY if money is None else money for money, _, _ in facts], dtype=np.float64),
        "first_day": np.array([day.toordinal() if day else UNKNOWN_START for _, day, _ in facts], dtype=np.int32),
        "last_day": np.array([day.toordinal() if day else UNKNOWN_END for _, _, day in facts], dtype=np.int32),
    }


def _cut(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield lists of some items each, at least one list."""
    source = iter(items)
    yield list(islice(source, _CHUNK))
    while chunk := list(islice(source, _CHUNK)):
        yield chunk
