"""Public counts: none so small that it points at somebody, and no two that differ by so few."""

from hypothesis import given
from hypothesis import strategies as st

from shared.small_counts import round_count

COUNTS = st.integers(min_value=0, max_value=10_000)
LEAST = st.integers(min_value=2, max_value=50)


@given(COUNTS, LEAST)
def test_a_small_count_is_left_out_and_zero_stays(count: int, least: int) -> None:
    shown = round_count(count, least=least)
    assert (shown is None) == (0 < count < least)
    assert count > 0 or shown == 0


@given(COUNTS, COUNTS, LEAST)
def test_no_two_shown_counts_differ_by_fewer_and_more_is_never_shown_as_fewer(one: int, other: int, least: int) -> None:
    smaller, larger = sorted((one, other))
    shown = [round_count(count, least=least) for count in (smaller, larger)]
    if None not in shown:
        assert shown[0] <= shown[1]
        assert (shown[1] - shown[0]) % least == 0


def test_what_is_not_known_stays_unknown() -> None:
    assert round_count(None, least=5) is None
