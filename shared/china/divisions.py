"""Division codes (行政区划代码) of 6, 9 or 12 digits, and an index that finds divisions by code or by name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

NATIONAL = "100000000000"
NATIONAL_NAME = "全国"

_FULL_WIDTH_DIGITS = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)}
_SCIENTIFIC = re.compile(r"(\d)\.(\d{5,})[Ee]\+?(\d{1,2})")
_PEOPLES = (
    "藏|羌|彝|回|苗|土家|侗|布依|壮|瑶|傣|景颇|傈僳|白|哈尼|朝鲜|黎|满|水|仡佬|土|撒拉|保安|东乡|裕固|畲|仫佬|毛南|各|"
    "佤|拉祜|布朗|纳西|普米|怒|独龙|达斡尔|鄂温克|鄂伦春|锡伯|塔吉克|仡佬"
)
# The endings people leave out: 四川 for 四川省, 凉山 and 凉山州 for 凉山彝族自治州.
_AUTONOMOUS = re.compile(rf"(?:(?:{_PEOPLES})族|蒙古族?|哈萨克族?|柯尔克孜族?|回族|壮族|维吾尔)*自治([区州县])$")
_ENDING = re.compile(r"(?:特别行政区|地区|[省市州县区盟旗])$")


class DivisionLevel(StrEnum):
    """The level a code names."""

    NATIONAL = "national"
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"


_DIGITS = {
    DivisionLevel.NATIONAL: 0,
    DivisionLevel.PROVINCE: 2,
    DivisionLevel.PREFECTURE: 4,
    DivisionLevel.COUNTY: 6,
    DivisionLevel.TOWN: 9,
    DivisionLevel.VILLAGE: 12,
}


class UnreadableDivisionCode(ValueError):
    """The text is no division code of 6, 9 or 12 digits."""


def normalise_division_code(text: str) -> str:
    """
    Return the 12-digit form of a code of 6, 9 or 12 digits, whatever their width.

    :raises UnreadableDivisionCode: if the text is anything else
    """
    digits = "".join(text.translate(_FULL_WIDTH_DIGITS).split()).strip("'’\u200b\ufeff")
    if not re.fullmatch(r"(?:\d{6}|\d{9}|\d{12})", digits, re.ASCII):
        raise UnreadableDivisionCode
    return digits.ljust(12, "0")


def recover_scientific_code(text: str) -> str | None:
    """Return the 12-digit county code left in 5.10525E+11 (only six digits are trusted), or None for other texts."""
    match = _SCIENTIFIC.fullmatch("".join(text.translate(_FULL_WIDTH_DIGITS).split()))
    if not match or int(match[3]) not in (5, 8, 11):
        return None
    return (match[1] + match[2])[:6].ljust(12, "0")


def level_of(code12: str) -> DivisionLevel:
    """Return the level that a 12-digit code names."""
    return next(level for level, digits in _DIGITS.items() if digits == len(scope_prefix(code12)))


def scope_prefix(code12: str) -> str:
    """Return the code without its trailing zero levels; every code inside starts with it, '' is the whole country."""
    if code12 == NATIONAL:
        return ""
    for digits, tail in ((12, code12[9:]), (9, code12[6:9]), (6, code12[4:6]), (4, code12[2:4])):
        if tail.strip("0"):
            return code12[:digits]
    return code12[:2]


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """One current division; ``code`` and ``parent_code`` have 12 digits."""

    code: str
    name: str
    parent_code: str | None = None
    full_name: str | None = None


@dataclass(frozen=True, slots=True)
class DivisionChange:
    """One replacement of a 12-digit code or of a name; both codes may be equal."""

    old_code: str
    old_name: str
    new_code: str


@dataclass(frozen=True, slots=True)
class DivisionMatch:
    """A current division and, in ``replaced``, the obsolete codes that led to it, oldest first."""

    code: str
    name: str
    full_name: str
    replaced: tuple[str, ...] = ()


class DivisionIndex:
    """Find current divisions by code, following successors, and by name, following old names."""

    def __init__(self, rows: Iterable[DivisionRow], changes: Iterable[DivisionChange] = ()) -> None:
        self._rows: dict[str, DivisionRow] = {NATIONAL: DivisionRow(NATIONAL, NATIONAL_NAME)}
        self._rows |= {row.code: row for row in rows}
        self._by_name: dict[str, list[str]] = {}
        self._old_names: dict[str, list[str]] = {}
        self._names_of_old: dict[str, set[str]] = {}
        self._successors: dict[str, str] = {}
        self._with_counties = set[str]()
        self._with_towns = set[str]()
        for row in self._rows.values():
            level = level_of(row.code)
            if level is DivisionLevel.COUNTY:
                self._with_counties.add(row.code[:4])
            elif level is DivisionLevel.TOWN:
                self._with_towns.add(row.code[:6])
            official = {row.name} if level in (DivisionLevel.TOWN, DivisionLevel.VILLAGE) else self._names_of(row.name)
            for name in official:
                self._by_name.setdefault(name, []).append(row.code)
        for change in changes:
            if change.old_code != change.new_code:
                self._successors[change.old_code] = change.new_code
            if change.old_name:
                self._old_names.setdefault(change.old_name, []).append(change.old_code)
                self._names_of_old.setdefault(change.old_code, set()).add(change.old_name)

    def find_by_code(self, code12: str) -> DivisionMatch | None:
        """
        Return the current division of a code, through any number of successors.

        A town or village code is looked up by itself; where the county was replaced, the county's successor is meant.
        """
        replaced: list[str] = []
        code = code12
        while code not in self._rows:
            successor = self._successors.get(code)
            if successor is None or code in replaced:
                return None
            replaced.append(code)
            code = successor
        return self._match(code, tuple(replaced))

    def find_by_name(self, text: str, *, within: str = "") -> tuple[DivisionMatch, ...]:
        """
        Return every current division down to the county that a name can mean; more than one is ambiguous.

        ``within`` is a code prefix that the answer must start with.
        四川省绵阳市三台县, 绵阳三台县 and 三台县 are understood.
        """
        name = _fold_name(text)
        found: dict[str, DivisionMatch] = {}
        for start in range(len(name)):
            tail, lead = name[start:], name[:start]
            for code in self._by_name.get(tail, ()):
                if len(scope_prefix(code)) <= 6 and self._lead_fits(lead, code):
                    found.setdefault(code, self._match(code))
            for old_code in self._old_names.get(tail, ()):
                match = self.find_by_code(old_code)
                if match and (self._lead_fits(lead, old_code) or self._lead_fits(lead, match.code)):
                    old = match.replaced or (old_code,)
                    found.setdefault(match.code, DivisionMatch(match.code, match.name, match.full_name, old))
        return tuple(match for code, match in sorted(found.items()) if code.startswith(within))

    def names_agree(self, text: str, match: DivisionMatch) -> bool:
        """Tell whether a name can mean the division, under its present or a former name."""
        name = _fold_name(text)
        return any(
            name.endswith(candidate) and self._lead_fits(name[: -len(candidate)], code)
            for code in (match.code, *match.replaced)
            for candidate in self._names_for(code)
        )

    def stands_as_county(self, code12: str) -> bool:
        """Tell whether the code is a county, or a prefecture without counties (东莞市)."""
        level = level_of(code12)
        return level is DivisionLevel.COUNTY or (
            level is DivisionLevel.PREFECTURE and code12[:4] not in self._with_counties
        )

    def knows_towns_of(self, code12: str) -> bool:
        """Tell whether the index holds the towns of the county, so that a missing one is a mistake."""
        return code12[:6] in self._with_towns

    def find_town(self, county_code12: str, name: str) -> str | None:
        """Return the 12-digit code of the only town of that name in the county."""
        codes = [code for code in self._by_name.get(_fold_name(name), ()) if code.startswith(county_code12[:6])]
        codes = [code for code in codes if level_of(code) is DivisionLevel.TOWN]
        return codes[0] if len(codes) == 1 else None

    def _match(self, code: str, replaced: tuple[str, ...] = ()) -> DivisionMatch:
        row = self._rows[code]
        full_name = row.full_name or "".join(reversed([row.name, *(self._rows[a].name for a in self._ancestors(code))]))
        return DivisionMatch(code, row.name, full_name, replaced)

    def _names_for(self, code: str) -> set[str]:
        names = {*self._names_of_old.get(code, ()), *([self._rows[code].name] if code in self._rows else [])}
        return names | {short for name in names for short in _short_forms(name)}

    @staticmethod
    def _names_of(name: str) -> set[str]:
        """Return the names a division is found by: 凉山州 too, but not 三台 alone, which may be anything."""
        return {name, *(short for short in _short_forms(name) if short.endswith(("州", "县", "区")))}

    def _ancestors(self, code: str) -> list[str]:
        """List the current divisions above a code, the nearest first; a replaced code is placed by its digits."""
        return [
            ancestor
            for digits in (9, 6, 4, 2)
            if (ancestor := code[:digits].ljust(12, "0")) != code and ancestor in self._rows
        ]

    def _lead_fits(self, lead: str, code: str) -> bool:
        """Tell whether the text before a name is made of names above it, each of which may be missing or short."""
        rest = lead
        for ancestor in self._ancestors(code):
            for form in sorted({self._rows[ancestor].name, *_short_forms(self._rows[ancestor].name)}, key=len)[::-1]:
                if rest.endswith(form):
                    rest = rest[: -len(form)]
                    break
        return rest in ("", "中国")


def _fold_name(text: str) -> str:
    return re.sub(r"[\s\u200b\ufeff·,，、/-]+", "", text)


def _short_forms(name: str) -> set[str]:
    """Return the names people say for an official one, where two characters or more remain."""
    if match := _AUTONOMOUS.search(name):
        stem = name[: match.start()]
        return {stem, stem + match[1]} if len(stem) >= 2 else set()
    stem = _ENDING.sub("", name)
    return {stem} if 2 <= len(stem) < len(name) else set()


def build_index(rows: Iterable[DivisionRow], changes: Iterable[Mapping[str, str]]) -> DivisionIndex:
    """Build an index from rows and from the columns ``old_code``, ``old_name``, ``new_code`` of a change table."""
    return DivisionIndex(
        rows,
        (
            DivisionChange(
                normalise_division_code(change["old_code"]),
                change["old_name"],
                normalise_division_code(change["new_code"]),
            )
            for change in changes
            if change["old_code"] and change["new_code"]
        ),
    )
