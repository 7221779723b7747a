"""Full-text search of Chinese and Latin text: single characters and pairs of them in a tsvector."""

import re
from collections.abc import Iterator

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_RUN = re.compile(r"[0-9a-z]+|[^\W\d_a-z]+")
_MOST_POSITIONS = 16_383
_LONGEST_TOKEN = 200


def search_vector(*texts: str | None) -> str:
    """
    Return the tsvector, as PostgreSQL reads it, of texts that shall be found together.

    Latin words and numbers are tokens; of Chinese every character and every pair of neighbours is one.
    """
    tokens = {token for text in texts if text for run in _runs(text) for token in _tokens(run, single=True)}
    return " ".join(f"'{token}'" for token in sorted(tokens)[:_MOST_POSITIONS])


def search_query(text: str) -> str | None:
    """Return the tsquery that asks for every word and every pair of characters of a text; None if it has none."""
    tokens = dict.fromkeys(token for run in _runs(text) for token in _tokens(run, single=len(run) == 1))
    return " & ".join(f"'{token}'" for token in tokens) or None


def _runs(text: str) -> list[str]:
    return _RUN.findall(text.translate(_WIDTH).casefold())


def _tokens(run: str, *, single: bool) -> Iterator[str]:
    if run[0].isascii():
        yield run[:_LONGEST_TOKEN]
        return
    if single:
        yield from run
    yield from (run[at : at + 2] for at in range(len(run) - 1))
