"""The numpy oracle: every pair of a demand, straight from the facts, without any index of the engine's."""

from array import array
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bench.matching.province import AS_OF
from services.matching.engine.definition import POOL, make_sample_demand
from services.matching.scoring.facts import WHOLE_COUNTRY, DemandFacts, Offer
from services.matching.scoring.fit import UNKNOWN, TextNearness, measure_fit
from services.matching.scoring.gates import check_gates
from services.matching.scoring.policy import Policy
from services.matching.scoring.ranking import ROUND_UP_FROM, TOTAL_UNITS, measure_tie_breakers
from services.matching.scoring.text import MEANING_UNITS, TextModel, to_units
from services.matching.scoring.tilt import measure_tilt
from services.matching.scoring.wording import read_demand_text, read_supply_text

_TOGETHER = 10_000  # supplies whose texts are encoded at once
_NOWHERE = TextNearness(meaning=0.0, terms=0.0)


@dataclass(frozen=True)
class Best:
    """The best supplies of a demand, in order."""

    supply_ids: list[str]
    totals: list[float]


@dataclass
class _Coded:
    codes: Any
    members: list[Offer]


class Oracle:
    """Scores a demand with all supplies; parts are asked of the reference once for each distinct value of a supply."""

    def __init__(self, offers: Sequence[Offer], *, policy: Policy, text_model: TextModel) -> None:
        self._policy, self._model = policy, text_model
        self._offers = [replace(one, supply=replace(one.supply, title="", description="")) for one in offers]
        self.ids = np.array([offer.supply.supply_id for offer in offers])
        supplies = [offer.supply for offer in offers]
        self._regions = [set(supply.service_regions) for supply in supplies]
        self._money = np.array([np.nan if one.budget_fen is None else one.budget_fen for one in supplies])
        self._first = np.array([one.starts_on.toordinal() if one.starts_on else np.nan for one in supplies])
        self._last = np.array([one.ends_on.toordinal() if one.ends_on else np.nan for one in supplies])
        self._coded = {
            "field": self._code(lambda one: one.supply.fields),
            "help_forms": self._code(lambda one: one.supply.help_forms),
            "groups": self._code(lambda one: one.supply.groups),
            "assist_mode": self._code(lambda one: one.supply.assist_mode),
            "type_affinity": self._code(lambda one: one.organization.type),
            "track_record": self._code(lambda one: one.organization),
            "tilt": self._code(lambda one: (one.organization.level, one.organization.registered_division)),
            "gates": self._code(
                lambda one: (one.organization, one.supply.capacity_used >= one.supply.capacity_total,
                             one.supply.plans_public_fundraising)
            ),
        }  # fmt: skip
        self._ties = [
            np.array([[value for _, value in measure_tie_breakers(like, one, policy)] for one in supplies])
            for like in (make_sample_demand(), make_sample_demand(procurement="government_purchase"))
        ]
        self._meaning: list[Any] = []
        postings: dict[str, tuple[array[int], array[float]]] = {}
        for start in range(0, len(supplies), _TOGETHER):
            encoded = text_model.encode([read_supply_text(one) for one in supplies[start : start + _TOGETHER]])
            self._meaning.append(to_units(encoded.embeddings))
            for row, terms in enumerate(encoded.terms, start):
                for term, weight in terms.items():
                    rows, weights = postings.setdefault(term, (array("i"), array("d")))
                    rows.append(row)
                    weights.append(weight)
        self._postings = {
            term: (np.frombuffer(rows, dtype=np.intc), np.frombuffer(weights))
            for term, (rows, weights) in postings.items()
        }

    def find_best(self, demand: DemandFacts, k: int) -> Best:
        """Return the best k of the definition in two stages."""
        severity = self._judge(demand)
        rest, tilt = self._measure_rest(demand), self._spread("tilt", lambda one: self._measure_tilt(demand, one))
        encoded = self._model.encode([read_demand_text(demand)])
        terms = np.zeros(len(self.ids))
        for term, weight in encoded.terms[0].items():
            if term in self._postings:
                rows, weights = self._postings[term]
                terms[rows] += weight * weights
        wanted = to_units(encoded.embeddings[0]).astype(np.float64)
        meaning = np.concatenate([part.astype(np.float64) @ wanted for part in self._meaning]) / MEANING_UNITS**2
        shares, share_of_text = self._policy.text_shares, self._share("text")
        keys = self._ties[int(demand.is_government_purchase)]
        pool = np.flatnonzero(severity < 2)
        totals = np.zeros(len(self.ids))
        for stage, size in ((1, POOL), (2, k)):
            near = UNKNOWN if stage == 1 else np.round(np.clip(meaning, 0, 1), 6)
            text = shares["meaning"] * near + shares["terms"] * np.round(np.clip(terms, 0, 1), 6)
            fit = rest + share_of_text * text
            whole = fit + np.minimum(tilt, self._policy.tilt_share_of_fit * fit)
            totals = np.floor(whole * TOTAL_UNITS + (1 - ROUND_UP_FROM)) / TOTAL_UNITS
            ties = [-keys[pool, column] for column in range(keys.shape[1] - 1, -1, -1)]
            order = np.lexsort([self.ids[pool], *ties, -totals[pool], severity[pool]])
            pool = pool[order[:size]]
        return Best([str(name) for name in self.ids[pool]], totals[pool].tolist())

    def _code(self, key: Callable[[Offer], Hashable]) -> _Coded:
        numbers: dict[Hashable, int] = {}
        members: list[Offer] = []
        codes = []
        for offer in self._offers:
            value = key(offer)
            if value not in numbers:
                numbers[value] = len(members)
                members.append(offer)
            codes.append(numbers[value])
        return _Coded(np.array(codes), members)

    def _spread(self, name: str, measure: Callable[[Offer], float]) -> Any:
        coded = self._coded[name]
        return np.array([measure(one) for one in coded.members])[coded.codes]

    def _share(self, name: str) -> float:
        return self._policy.fit_weights[name] / sum(self._policy.fit_weights.values())  # type: ignore[index]

    def _measure_rest(self, demand: DemandFacts) -> Any:
        total = np.zeros(len(self.ids))
        for name in ("field", "help_forms", "groups", "assist_mode", "type_affinity", "track_record"):
            alone = replace(self._policy, fit_weights={name: 1.0})

            def measure(one: Offer, alone: Policy = alone) -> float:
                parts = measure_fit(demand, one.supply, one.organization, _NOWHERE, policy=alone, as_of=AS_OF)
                return sum(part.value for part in parts)

            total += self._share(name) * self._spread(name, measure)
        need = demand.open_need_fen
        share = np.full(len(self.ids), UNKNOWN)
        if need is not None:
            known = np.minimum(1.0, self._money / need) if need else np.ones(len(self.ids))
            share = np.where(np.isnan(self._money), UNKNOWN, known)
        total += self._share("budget") * np.where(self._money == 0, 0.0, (1 + share) / 2)
        time = np.full(len(self.ids), UNKNOWN)
        if demand.starts_on and demand.ends_on and demand.ends_on >= demand.starts_on:
            first, last = demand.starts_on.toordinal(), demand.ends_on.toordinal()
            common = np.minimum(last, self._last) - np.maximum(first, self._first) + 1
            time = np.where(np.isnan(common), UNKNOWN, np.maximum(0.0, common / (last - first + 1)))
        return total + self._share("time") * time

    def _measure_tilt(self, demand: DemandFacts, one: Offer) -> float:
        return sum(part.points for part in measure_tilt(demand, one.organization, policy=self._policy))

    def _judge(self, demand: DemandFacts) -> Any:
        def judge(one: Offer) -> float:
            supply = replace(one.supply, service_regions=(WHOLE_COUNTRY,), starts_on=None, ends_on=None)
            result = check_gates(demand, supply, one.organization, as_of=AS_OF, gates=self._policy.gates)
            return 2.0 if result.excluded else 1.0 if result.held else 0.0

        severity = self._spread("gates", judge)
        codes = (demand.division_code, *demand.former_division_codes)
        served = {WHOLE_COUNTRY, *(code[:digits] for code in codes for digits in (2, 4, 6, 9, 12))}
        severity[[served.isdisjoint(regions) for regions in self._regions]] = 2.0
        if demand.ends_on:
            severity[self._first > demand.ends_on.toordinal()] = 2.0
        if demand.starts_on:
            severity[self._last < demand.starts_on.toordinal()] = 2.0
        return severity
