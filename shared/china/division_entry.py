"""Resolve what people enter for a place, a code and a name, to one present division."""

from dataclasses import dataclass

from shared.china.divisions import (
    DivisionIndex,
    DivisionLevel,
    DivisionMatch,
    UnreadableDivisionCode,
    level_of,
    normalise_division_code,
    recover_scientific_code,
)


@dataclass(frozen=True, slots=True)
class DivisionReading:
    """
    A place as entered: the present division down to the county, or the code of the fault, and warnings.

    ``code`` has 12 digits and keeps the town and village digits that were given, where they hold.
    """

    match: DivisionMatch | None = None
    code: str | None = None
    fault: str | None = None
    warnings: tuple[str, ...] = ()


def resolve_division(index: DivisionIndex, *, code_text: str, name_text: str, within: str = "") -> DivisionReading:
    """Resolve a code, checked against the name, or else the name alone, looked for under the prefix ``within``."""
    if code_text:
        return _resolve_code(index, code_text, name_text)
    if not name_text:
        return DivisionReading(fault="required")
    matches = index.find_by_name(name_text, within=within)
    if len(matches) != 1:
        return DivisionReading(fault="region_ambiguous" if matches else "region_unknown")
    warnings = ("region_resolved_by_name", *_warn_replaced(matches[0]))
    return DivisionReading(matches[0], matches[0].code, warnings=warnings)


def _resolve_code(index: DivisionIndex, code_text: str, name_text: str) -> DivisionReading:
    warnings: tuple[str, ...] = ()
    recovered = recover_scientific_code(code_text)
    try:
        code = recovered or normalise_division_code(code_text)
    except UnreadableDivisionCode:
        return DivisionReading(fault="region_unknown")
    if recovered:
        warnings = ("region_code_scientific",)
    match = index.find_by_code(code[:6].ljust(12, "0"))
    if match is None:
        return DivisionReading(fault="region_unknown")
    if name_text and not index.names_agree(name_text, match):
        return DivisionReading(fault="region_name_mismatch")
    warnings += _warn_replaced(match)
    if level_of(code) not in (DivisionLevel.TOWN, DivisionLevel.VILLAGE) or match.replaced:
        return DivisionReading(match, match.code, warnings=warnings)
    if index.knows_towns_of(code) and index.find_by_code(code[:9].ljust(12, "0")) is None:
        return DivisionReading(match, match.code, warnings=(*warnings, "region_town_unknown"))
    return DivisionReading(match, code, warnings=warnings)


def _warn_replaced(match: DivisionMatch) -> tuple[str, ...]:
    return ("region_obsolete_with_successor",) if match.replaced else ()
