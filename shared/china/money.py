"""Read amounts of money as Chinese officials type them (万元, 元, capital numerals) into integer fen."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import cn2an

# Larger than any public budget, smaller than a 64-bit column.
MAX_FEN = 10**16
SUSPICIOUS_WAN = 100_000

_MAX_LENGTH = 80
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_FEN_PER_YUAN = 100
_APPROXIMATE = re.compile(r"^(?:大约|大概|约为|约|近)|(?:左右|上下)$")
_APPROXIMATE_INSIDE = re.compile(r"(?<=[\d十百千拾佰仟万])[余多来](?=[万亿千百元]|$)")
_CURRENCY = re.compile(r"^(?:人民币|RMB|CNY|[¥￥])+|(?:人民币|RMB|CNY)$", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?![\d,])")
_HAN_NUMERAL = re.compile(r"[负零〇○一二两三四五六七八九十百千万亿廿卅壹贰叁肆伍陆柒捌玖拾佰仟貳參陸萬億点]+")
_PARTS = re.compile(
    r"(?P<main>[^元块角分]+)?(?P<yuan>[元块])?(?:零|〇)?(?:(?P<jiao>[^角分]+)角)?(?:(?P<fen>[^分]+)分)?"
)
_WESTERN_PART = re.compile(r"(\d+(?:\.\d+)?)((?:[十百千万亿])*)")
_MULTIPLIERS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_TRADITIONAL = str.maketrans("貳參陸萬億○", "贰叁陆万亿〇")


class MoneyUnit(StrEnum):
    """The unit a column is meant in."""

    YUAN = "元"
    THOUSAND = "千元"
    WAN = "万元"
    MILLION = "百万元"
    TEN_MILLION = "千万元"
    YI = "亿元"


_YUAN_PER_UNIT = {
    MoneyUnit.YUAN: 1,
    MoneyUnit.THOUSAND: 1_000,
    MoneyUnit.WAN: 10_000,
    MoneyUnit.MILLION: 1_000_000,
    MoneyUnit.TEN_MILLION: 10_000_000,
    MoneyUnit.YI: 100_000_000,
}


class MoneyFault(StrEnum):
    """Why no amount was read."""

    UNPARSEABLE = "money_unparseable"
    OUT_OF_RANGE = "number_out_of_range"


@dataclass(frozen=True, slots=True)
class MoneyReading:
    """An amount in fen with what must be told about it; either ``amount_fen`` or ``fault`` is set."""

    amount_fen: int | None = None
    approximate: bool = False
    unit_converted: bool = False
    suspicious_unit: bool = False
    fault: MoneyFault | None = None


def read_money(value: str | float | Decimal, *, unit: MoneyUnit = MoneyUnit.WAN) -> MoneyReading:
    """
    Return the single amount a cell holds; a bare number counts in ``unit``.

    A range, a sum of two amounts, a foreign currency, or a bare 千 without 元 (yuan or 万元?) is no single amount.
    """
    if isinstance(value, bool):
        return MoneyReading(fault=MoneyFault.UNPARSEABLE)
    if not isinstance(value, str):
        number = Decimal(str(value))
        return _finish(number * _YUAN_PER_UNIT[unit], bare=number, unit=unit) if number.is_finite() else _unparseable()
    if len(value) > _MAX_LENGTH:
        return _unparseable()
    text = "".join(value.translate(_FULL_WIDTH).split()).translate(_TRADITIONAL)
    text, found = _APPROXIMATE.subn("", text)
    text, found_inside = _APPROXIMATE_INSIDE.subn("", text)
    text = _CURRENCY.sub("", text).removesuffix("整").removesuffix("正")
    text = _THOUSANDS.sub(lambda match: match.group().replace(",", ""), text)
    approximate = bool(found or found_inside)
    bare = _read_plain_number(text)
    if bare is not None:
        return _finish(bare * _YUAN_PER_UNIT[unit], bare=bare, unit=unit, approximate=approximate)
    yuan = _read_with_unit(text)
    if yuan is None:
        return _unparseable()
    return _finish(yuan, unit=unit, approximate=approximate, unit_converted=True)


def _unparseable() -> MoneyReading:
    return MoneyReading(fault=MoneyFault.UNPARSEABLE)


def _finish(
    yuan: Decimal,
    *,
    unit: MoneyUnit,
    bare: Decimal | None = None,
    approximate: bool = False,
    unit_converted: bool = False,
) -> MoneyReading:
    fen = int((yuan * _FEN_PER_YUAN).to_integral_value(ROUND_HALF_UP))
    if not 0 <= fen <= MAX_FEN:
        return MoneyReading(fault=MoneyFault.OUT_OF_RANGE)
    suspicious = bare is not None and unit is MoneyUnit.WAN and bare >= SUSPICIOUS_WAN
    return MoneyReading(fen, approximate, unit_converted, suspicious)


def _read_plain_number(text: str) -> Decimal | None:
    """Read a number that names no unit of its own; 十 and 百 are part of a numeral, a bare 千 is ambiguous."""
    if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", text):
        return Decimal(text)
    if re.search(r"[千仟万亿]", text):
        return None
    return _read_han(text)


def _read_with_unit(text: str) -> Decimal | None:
    match = _PARTS.fullmatch(text)
    if not match or not (match["yuan"] or match["jiao"] or match["fen"] or re.search(r"[万亿]", text)):
        return None
    total = Decimal(0)
    for part, value in (("main", Decimal(1)), ("jiao", Decimal("0.1")), ("fen", Decimal("0.01"))):
        if match[part] is None:
            continue
        number = _read_western(match[part])
        number = _read_han(match[part]) if number is None else number
        if number is None:
            return None
        total += number * value
    return total


def _read_western(text: str) -> Decimal | None:
    """Read digits with multipliers: 3.5万, 3万5千, 3万5 (a last digit counts in tenths of the unit before)."""
    parts = _WESTERN_PART.findall(text)
    if not parts or "".join(number + units for number, units in parts) != text:
        return None
    total, previous = Decimal(0), 0
    for position, (number, units) in enumerate(parts):
        factor = 1
        for character in units:
            factor *= _MULTIPLIERS[character]
        if position and factor >= previous:
            return None
        if position and not units and len(number) == 1:
            factor = previous // 10
        total += Decimal(number) * factor
        previous = factor
    return total


def _read_han(text: str) -> Decimal | None:
    if not _HAN_NUMERAL.fullmatch(text):
        return None
    try:
        return Decimal(str(cn2an.cn2an(text, "normal")))
    except ValueError:
        return None
