"""Amounts of money are read as officials type them, and refused where they are no single amount."""

from decimal import Decimal

import pytest

from shared.china.money import MoneyFault, MoneyReading, MoneyUnit, read_money

WAN = 1_000_000  # fen in 10,000 yuan


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        (8, 8 * WAN),
        (8.5, 8 * WAN + WAN // 2),
        (12.4 * 1.5, 18_600_000),
        (Decimal("0.01"), 10_000),
        ("１２．５", 12_500_000),
        ("18.6", 18_600_000),
        ("1,260", 1260 * WAN),
        ("二十", 20 * WAN),
        ("零", 0),
        ("0", 0),
    ],
)
def test_a_bare_number_counts_in_wan(value: str | float, fen: int) -> None:
    assert read_money(value) == MoneyReading(fen)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("3.5万", 3_500_000),
        ("¥35,000元", 3_500_000),
        ("叁拾万元整", 30 * WAN),
        ("0.12百万", 12 * WAN),
        ("8000元", 800_000),
        ("3万5", 3_500_000),
        ("3万5千元", 3_500_000),
        ("三万五", 3_500_000),
        ("5万8000元", 5_800_000),
        ("1.2亿", 12_000 * WAN),
        ("2.5千万", 2500 * WAN),
        ("5千元", 500_000),
        ("人民币壹佰贰拾叁萬肆仟伍佰陆拾柒元捌角玖分", 123_456_789),
        ("壹佰元零伍分", 10_005),
        ("0元", 0),
        ("5块", 500),
        ("伍角", 50),
        ("3000000元人民币", 300_000_000),
    ],
)
def test_a_unit_in_the_cell_is_converted(text: str, fen: int) -> None:
    assert read_money(text) == MoneyReading(fen, unit_converted=True)


@pytest.mark.parametrize("text", ["约20万元", "20万元左右", "20余万", "大约二十万", "二十多万元", "20万上下"])
def test_an_approximate_amount_is_kept_and_marked(text: str) -> None:
    assert read_money(text) == MoneyReading(20 * WAN, approximate=True, unit_converted=True)


@pytest.mark.parametrize(
    "value",
    [
        "20-30万",
        "20至30万",
        "面议",
        "待定",
        "10万(省级)+5万(县级)",
        "#VALUE!",
        "5千",
        "六千",
        "万",
        "500美元",
        "$500",
        "3,5万",
        "1e5",
        "3万5万",
        "两两万点元",
        "百元万",
        "一" * 30_000 + "角角",
        True,
        float("nan"),
    ],
)
def test_what_is_no_single_amount_is_refused(value: str | float) -> None:
    assert read_money(value).fault is MoneyFault.UNPARSEABLE


@pytest.mark.parametrize("value", [-5, "-0.5", "负三万", 10**12, "9" * 40])
def test_impossible_amounts_are_out_of_range(value: str | float) -> None:
    assert read_money(value).fault is MoneyFault.OUT_OF_RANGE


def test_a_very_large_bare_number_was_probably_typed_in_yuan() -> None:
    assert read_money(100_000).suspicious_unit
    assert not read_money(99_999).suspicious_unit
    assert not read_money("350000元").suspicious_unit
    assert not read_money(350_000, unit=MoneyUnit.YUAN).suspicious_unit


def test_a_column_may_be_meant_in_another_unit() -> None:
    assert read_money("350000", unit=MoneyUnit.YUAN).amount_fen == 35_000_000
    assert read_money("0.5", unit=MoneyUnit.YI).amount_fen == 5000 * WAN
