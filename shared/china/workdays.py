"""Working days in mainland China: public holidays and the weekends worked in exchange (调休) are taken into account."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import holidays

from shared.clock import LEGAL_ZONE


def add_working_days(day: date, count: int) -> date:
    """
    Return the working day ``count`` working days after ``day``, which itself does not count (民法典第二百零一条).

    Years whose holidays the State Council has not yet announced know the statutory holidays only.

    :raises ValueError: if ``count`` is not positive
    """
    if count < 1:
        raise ValueError("the count of working days must be positive")
    return date.fromisoformat(str(_calendar().get_nth_working_day(day, count)))


def is_working_day(day: date) -> bool:
    """Tell whether people work on a day: weekends worked in exchange count, public holidays do not."""
    return bool(_calendar().is_working_day(day))


def end_of_day(day: date) -> datetime:
    """Return the instant, in UTC, at which a legal day ends in Asia/Shanghai."""
    return datetime.combine(day + timedelta(days=1), time(), LEGAL_ZONE).astimezone(UTC)


@cache
def _calendar() -> holidays.HolidayBase:
    return holidays.country_holidays("CN")
