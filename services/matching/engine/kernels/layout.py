"""The arrays of an index and of a question, as the kernels receive them."""

from typing import Any, NamedTuple


class IndexArrays(NamedTuple):
    """
    An index over supplies: areas are cut into blocks, a block's slots are supplies sorted by field class.

    A supply stands in one slot of each of its areas.
    Terms are posted unless many supplies have them. ``closed_at`` is the first version without the supply.
    """

    area_blocks: Any  # (areas + 1): blocks of an area
    block_slots: Any  # (blocks + 1): slots of a block
    block_runs: Any  # (blocks + 1): runs of a block
    run_field: Any  # field class of a run
    run_end: Any  # slot, counted in the block, behind a run
    hash_start: Any  # (blocks): where a block's directory of terms starts
    hash_mask: Any  # (blocks): its size - 1
    directory: Any  # (places, 3): term or -1, its first posting, behind its last
    posting_slot: Any  # u2: slot, counted in the block
    posting_weight: Any  # u2: weight in units of 1 / 65535
    term_kind: Any  # by term: absent, rare (posted) or, for a common one, COMMON + its number
    common_starts: Any  # (supplies + 1): common terms of a supply
    common_terms: Any  # u2: their numbers
    common_weights: Any
    common_length: Any  # by slot, like all below: length of the vector of the common terms
    supply: Any
    form: Any
    group: Any
    tilt: Any
    gate: Any
    money: Any
    record: Any  # (2, slots)
    first_day: Any
    last_day: Any
    closed_at: Any
    tilt_kind: Any  # by tilt class: kind and place class
    tilt_place: Any
    gate_gate: Any  # by gate class: gate and charter class
    gate_charter: Any


class RowArrays(NamedTuple):
    """Supplies or demands in full precision, by row."""

    classes: Any
    money: Any
    first_day: Any
    last_day: Any
    area_starts: Any
    areas: Any
    term_starts: Any
    terms: Any
    weights: Any
    meaning: Any
    record: Any  # of supplies
    tie_rank: Any  # of supplies: (2, n), usual and in a purchase
    people: Any  # of demands
    purchase: Any
    codes: Any


class TableArrays(NamedTuple):
    """The part tables."""

    field: Any
    form: Any
    group: Any
    kind: Any
    place: Any
    gate: Any
    charter: Any


class Lines(NamedTuple):
    """The parts that are straight lines, and the cap of the tilt."""

    text_low: float
    text_slope: float
    meaning_slope: float
    unknown: float  # what an unknown meaning counts
    no_money: float
    budget_unknown: float
    budget_low: float
    budget_slope: float
    time_unknown: float
    time_low: float
    time_slope: float
    tilt_share: float


class Wishes(NamedTuple):
    """What a demand asks of every slot, in the precision of the scan."""

    version: Any
    first: Any
    last: Any
    time_low: Any
    per_day: Any
    time_unknown: Any
    per_fen: Any
    budget_low: Any
    budget_slope: Any
    no_money: Any
    budget_unknown: Any
    tilt_share: Any
    common: Any
    purchase: Any


class Scratch(NamedTuple):
    """Memory of one thread."""

    dense: Any  # (terms): weights of the demand's terms, 0 between questions
    common: Any  # weights of the demand's common terms
    scores: Any  # (slots): field and posted terms
    maxima: Any  # (stripes): of the totals without the common terms, and at most with them
    high_maxima: Any
    field: Any
    form: Any
    group: Any
    tilt: Any
    gate: Any
