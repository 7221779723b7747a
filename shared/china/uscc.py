"""Check unified social credit codes (统一社会信用代码, GB 32100-2015) without any look-up."""

from enum import StrEnum

from shared.contracts.codes import OrganizationType

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # pragma: allowlist secret
LENGTH = 18

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, position, 31) for position in range(LENGTH - 1))
_SUBJECT_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# GB 11714 counts A as 10 up to Z as 35: another alphabet than the one of GB 32100.
_SUBJECT_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_IGNORED = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff'-‐–—"))
_CATEGORIES = {
    OrganizationType.ASSOCIATION: "51",
    OrganizationType.SERVICE_AGENCY: "52",
    OrganizationType.FOUNDATION: "53",
}


class UsccFault(StrEnum):
    """The first reason why a text is no credit code."""

    LENGTH = "uscc_length"
    CHARSET = "uscc_charset"
    CHECK_DIGIT = "uscc_check_digit"


def normalise_uscc(text: str) -> str:
    """Return the text with half-width capitals and without spaces, dashes and invisible characters."""
    return "".join(text.translate(_FULL_WIDTH).translate(_IGNORED).split()).upper()


def compute_check_character(first_seventeen: str) -> str:
    """
    Return character 18 for the first 17 characters (GB 32100-2015, modulus 31).

    :raises KeyError: if a character stands outside the alphabet
    """
    total = sum(_VALUES[character] * weight for character, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def find_uscc_fault(code: str) -> UsccFault | None:
    """Return what is wrong with a normalised code, or None for a code whose check character fits."""
    if len(code) != LENGTH:
        return UsccFault.LENGTH
    if any(character not in _VALUES for character in code):
        return UsccFault.CHARSET
    if compute_check_character(code[:-1]) != code[-1]:
        return UsccFault.CHECK_DIGIT
    return None


def has_valid_subject_code(code: str) -> bool:
    """Tell whether character 17 is the GB 11714 check of characters 9 to 16 (newer codes may differ)."""
    total = sum(_SUBJECT_VALUES[c] * weight for c, weight in zip(code[8:16], _SUBJECT_WEIGHTS, strict=True))
    remainder = 11 - total % 11
    return code[16] == {10: "X", 11: "0"}.get(remainder, str(remainder))


def registrar_division(code: str) -> str:
    """Return the six-digit division of the registrar (characters 3 to 8; 100000 = national)."""
    return code[2:8]


def category_of(code: str) -> str:
    """Return the registrar and category (characters 1 and 2; 51, 52 and 53 are civil affairs)."""
    return code[:2]


def fits_organization_type(code: str, organization_type: OrganizationType) -> bool:
    """Tell whether 51, 52 or 53 stands with its own type, and with no other one."""
    expected = _CATEGORIES.get(organization_type)
    category = category_of(code)
    return category == expected if expected else category not in _CATEGORIES.values()
