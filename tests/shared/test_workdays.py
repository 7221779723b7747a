"""Working days in China: holidays, weekends, and weekends worked in exchange."""

from datetime import UTC, date, datetime

import pytest

from shared.china.workdays import add_working_days, end_of_day, is_working_day


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 22), 1, date(2026, 11, 23)),  # Sunday
        (date(2026, 11, 22), 10, date(2026, 12, 4)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # National Day
        (date(2026, 10, 9), 1, date(2026, 10, 10)),  # a Saturday worked in exchange
        (date(2026, 9, 18), 1, date(2026, 9, 20)),  # a Sunday worked in exchange
    ],
)
def test_the_day_itself_and_days_off_do_not_count(day: date, count: int, expected: date) -> None:
    assert add_working_days(day, count) == expected


def test_a_count_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        add_working_days(date(2026, 11, 22), 0)


def test_a_legal_day_ends_in_shanghai() -> None:
    assert end_of_day(date(2026, 12, 4)) == datetime(2026, 12, 4, 16, tzinfo=UTC)


def test_a_weekend_worked_in_exchange_is_a_working_day_and_a_holiday_is_none() -> None:
    assert [is_working_day(date(2026, 10, day)) for day in (1, 8, 10, 11)] == [False, True, True, False]
