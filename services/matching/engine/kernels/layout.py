"""The arrays of an index and of a question, as the kernels receive them."""

from typing import Any, NamedTuple


class IndexArrays(NamedTuple):
    """
    An index over supplies: areas are cut into blocks, a block's slots are supplies in an order of their classes.

    A supply stands in one slot of each of its areas. ``closed_at`` is the first version without the supply.
    """

    area_blocks: Any  # (areas + 1): blocks of an area
    block_slots: Any  # (blocks + 1): slots of a block
    hash_start: Any  # (blocks): where a block's directory of terms starts
    hash_mask: Any  # (blocks): its size - 1
    directory: Any  # (places + 1, 2): term or -1, first posting; the last one stands before the first of the next place
    postings: Any  # u4: slot, counted in the block, in the upper half, weight in units of 1 / 65535 in the lower
    supply: Any  # by slot, like all below
    field: Any
    form: Any
    group: Any
    tilt: Any
    gate: Any
    money: Any
    record: Any  # (2, slots)
    first_day: Any  # f4 like all but classes: days below 2 ** 24 are exact
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


class Scratch(NamedTuple):
    """Memory of one thread."""

    dense: Any  # (terms): weights of the demand's terms, 0 between questions
    scores: Any  # (slots): the points of the terms
    maxima: Any  # i4: the best total of each stripe, in units
    tally: Any  # i4: how many of them are alike
    found: Any  # i4: where some terms stand in a directory
    field: Any
    form: Any
    group: Any
    tilt: Any
    gate: Any
