"""Fold texts for comparison: headers, labels, and prose that differs in spaces and punctuation only."""

import re

_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# Only digits and Latin letters of prose are made half-width; Chinese punctuation stays.
_DIGITS_AND_LETTERS = {
    code: target for code, target in _WIDTH.items() if chr(target).isalnum() and chr(target).isascii()
}
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")


def fold_header(text: str) -> str:
    """Return a header without case, spaces, line breaks, stars and width of characters."""
    folded = _INVISIBLE.sub("", text).translate(_WIDTH)
    return re.sub(r"[\s*]+", "", folded).casefold()


def strip_brackets(folded: str) -> str:
    """Return a folded header without the remarks in brackets."""
    return re.sub(r"\([^()]*\)", "", folded)


def fold_label(text: str) -> str:
    """Return a label without spaces, case and width of characters."""
    return re.sub(r"\s+", "", _INVISIBLE.sub("", text).translate(_WIDTH)).casefold()


def fold_prose(text: str) -> str:
    """Return a text without spaces and punctuation, so that near duplicates become equal."""
    return re.sub(r"[\W_]+", "", text.translate(_WIDTH)).casefold()


def clean_prose(text: str) -> str:
    """Return prose as it is stored: half-width digits and letters, no invisible characters, trimmed."""
    text = _INVISIBLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").translate(_DIGITS_AND_LETTERS)
    return text.strip()


def clean_name(text: str) -> str:
    """Return a name as it is stored: as prose, and without spaces except between Latin words."""
    text = clean_prose(text)
    return re.sub(r"(?<![A-Za-z0-9])\s+|\s+(?![A-Za-z0-9\s])", "", text)


def clean_code(text: str) -> str:
    """Return a code as it is stored: half-width, without spaces, quotes of spreadsheets and invisible characters."""
    text = _INVISIBLE.sub("", text).translate(_WIDTH)
    if match := re.fullmatch(r'\s*="([^"]*)"\s*', text):
        text = match[1]
    return re.sub(r"\s+", "", text).lstrip("'")
