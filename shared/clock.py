"""The only place that reads the clock: the instant in UTC and the legal day in China."""

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LEGAL_ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = "XIANGQIAO_AS_OF"


def now() -> datetime:
    """Return the current instant as aware UTC; tokens, signatures and stamps use it, and nothing overrides it."""
    return datetime.now(UTC)


def today() -> date:
    """
    Return the legal day in Asia/Shanghai, on which periods and qualifications are judged.

    ``XIANGQIAO_AS_OF`` (ISO date) overrides it for the demo and for tests.

    :raises ValueError: if the override is no ISO date
    """
    as_of = os.environ.get(AS_OF)
    return date.fromisoformat(as_of) if as_of else now().astimezone(LEGAL_ZONE).date()
