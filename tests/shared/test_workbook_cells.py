"""Cells are read by the kind of their column, with a finding for all that was not as it should be."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from shared.china.money import MoneyUnit
from shared.workbooks.cells import CellReading, Raw, read_cell
from shared.workbooks.template import Column, Kind

LABELS = {"甲类": "a", "乙类（备案）": "b"}


def column(kind: Kind, **settings: object) -> Column:
    return Column("x", "某栏", kind, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("raw", [None, "", "  ", " \u3000\u200b"])
@pytest.mark.parametrize("kind", list(Kind))
def test_a_blank_cell_has_no_value_and_no_finding(raw: Raw, kind: Kind) -> None:
    assert read_cell(raw, column(kind)) == CellReading()


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        (" ２０２６年（样例）ＡＢ\r\n二行 ", Kind.TEXT, "2026年（样例）AB\n二行"),
        (12.0, Kind.TEXT, "12"),
        (1.5, Kind.TEXT, "1.5"),
        (datetime(2026, 3, 1), Kind.TEXT, "2026-03-01"),  # noqa: DTZ001 - cells have no zone
        ("青衣江渔猎\u200b文化\n研究会 ABC Club", Kind.NAME, "青衣江渔猎文化研究会ABC Club"),
        ("Red Cross 中心", Kind.NAME, "Red Cross中心"),
        ('="510824"', Kind.CODE, "510824"),
        ("'511722\t", Kind.CODE, "511722"),
        (510824.0, Kind.CODE, "510824"),
        ("510824.0", Kind.CODE, "510824"),
        ("-12.5", Kind.TEXT, "-12.5"),
        ("=====", Kind.TEXT, "====="),
    ],
)
def test_texts_are_normalised_as_their_kind_asks(raw: Raw, kind: Kind, value: str) -> None:
    assert read_cell(raw, column(kind)) == CellReading(value)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ("长" * 101, "text_too_long"),
        ("电话19900000001", "personal_data"),
        (19900000001, "personal_data"),
        ("=cmd|'/c calc'!A1", "formula_injection"),
        ("@SUM(1+1)*cmd|'/c calc'!A0", "formula_injection"),
        ("+SUM(A1)", "formula_injection"),
        ("-cmd|x", "formula_injection"),
        ("＝HYPERLINK(1)", "formula_injection"),
        ('\t=HYPERLINK("http://example.invalid")', "formula_injection"),
        ("=1+1", "formula_injection"),
        ("#REF!", "formula_no_value"),
    ],
)
def test_texts_that_must_not_be_stored_are_refused(raw: Raw, error: str) -> None:
    assert read_cell(raw, column(Kind.TEXT)) == CellReading(error=error)


@pytest.mark.parametrize(
    ("raw", "reading"),
    [
        ("甲类", CellReading("a")),
        (" 甲 类", CellReading("a")),
        ("乙类(备案)", CellReading("b")),
        ("老甲", CellReading("a", warnings=("enum_alias",))),
        ("丙类", CellReading(error="enum_unknown")),
        ("无", CellReading()),
    ],
)
def test_labels_become_codes(raw: Raw, reading: CellReading) -> None:
    enum = column(Kind.ENUM, labels=LABELS, label_aliases={"老甲": "a"}, blank_labels=("无",))
    assert read_cell(raw, enum) == reading


@pytest.mark.parametrize("separator", ["、", ",", "，", ";", "；", "/", " ", "\n", " 、 "])
def test_several_labels_are_separated_by_what_people_use(separator: str) -> None:
    many = column(Kind.MULTI_ENUM, labels=LABELS, label_aliases={"老甲": "a"})
    assert read_cell(f"甲类{separator}乙类（备案）", many) == CellReading(("a", "b"))
    assert read_cell(f"甲类{separator}甲类", many) == CellReading(("a",))
    assert read_cell(f"老甲{separator}乙类（备案）", many).warnings == ("enum_alias",)
    assert read_cell(f"甲类{separator}丙", many).error == "enum_unknown"


@pytest.mark.parametrize(
    ("raw", "value"), [("是", True), ("√", True), (True, True), ("Y", True), ("否", False), ("×", False), (0, False)]
)
def test_yes_and_no_are_understood(raw: Raw, value: bool) -> None:
    assert read_cell(raw, column(Kind.BOOLEAN)) == CellReading(value)


def test_neither_yes_nor_no_is_refused() -> None:
    assert read_cell("也许", column(Kind.BOOLEAN)).error == "enum_unknown"


@pytest.mark.parametrize(
    ("raw", "reading"),
    [
        (8, CellReading(8)),
        ("2 ", CellReading(2)),
        ("1,260", CellReading(1260)),
        ("１２", CellReading(12)),
        (8.0, CellReading(8)),
        ("126人", CellReading(126, warnings=("number_unit_stripped",))),
        ("2025年", CellReading(2025, warnings=("number_unit_stripped",))),
        (2.5, CellReading(error="number_unparseable")),
        ("若干", CellReading(error="number_unparseable")),
        ("3万", CellReading(error="number_unparseable")),
        (True, CellReading(error="number_unparseable")),
        (-3, CellReading(error="number_out_of_range")),
        (10**12, CellReading(error="number_out_of_range")),
    ],
)
def test_whole_numbers_are_read(raw: Raw, reading: CellReading) -> None:
    assert read_cell(raw, column(Kind.INTEGER)) == reading


@pytest.mark.parametrize(
    "raw",
    [
        date(2026, 3, 1),
        datetime(2026, 3, 1, 8),  # noqa: DTZ001 - cells have no zone
        "2026-3-1",
        "2026/3/1",
        "2026.3.1",
        "20260301",
        20260301,
        "2026年3月1日",
        "2026 年 3 月 1 日",
        "２０２６－３－１".replace("－", "-"),
        "2026-03-01 00:00:00",
    ],
)
def test_all_forms_of_a_date_are_equal(raw: Raw) -> None:
    assert read_cell(raw, column(Kind.DATE)) == CellReading(date(2026, 3, 1))


@pytest.mark.parametrize(
    ("raw", "value", "warning"),
    [
        ("2019年3月", date(2019, 3, 1), "date_partial"),
        ("2019-03", date(2019, 3, 1), "date_partial"),
        (45231, date(2023, 11, 1), "date_from_serial"),
        ("46387", date(2026, 12, 31), "date_from_serial"),
    ],
)
def test_half_dates_and_serial_numbers_are_warned_of(raw: Raw, value: date, warning: str) -> None:
    assert read_cell(raw, column(Kind.DATE)) == CellReading(value, warnings=(warning,))


@pytest.mark.parametrize(
    "raw",
    [
        "05/06/19",
        "2021-02-30",
        "2026-13-01",
        "2026年13月",
        "长期",
        "########",
        2019.1,
        12,
        70_000,
        "1026-01-01",
        time(8),
        True,
    ],
)
def test_what_is_no_clear_date_is_refused(raw: Raw) -> None:
    assert read_cell(raw, column(Kind.DATE)) == CellReading(error="date_unparseable")


@pytest.mark.parametrize(
    ("raw", "unit", "reading"),
    [
        (8, MoneyUnit.WAN, CellReading(8_000_000)),
        (Decimal(8), MoneyUnit.YUAN, CellReading(800)),
        ("约20万元", MoneyUnit.WAN, CellReading(20_000_000, warnings=("money_approximate", "money_unit_converted"))),
        (350_000, MoneyUnit.WAN, CellReading(350_000_000_000, warnings=("money_suspicious_unit",))),
        ("面议", MoneyUnit.WAN, CellReading(error="money_unparseable")),
        (-5, MoneyUnit.WAN, CellReading(error="number_out_of_range")),
        (date(2026, 1, 1), MoneyUnit.WAN, CellReading(error="money_unparseable")),
    ],
)
def test_amounts_become_fen(raw: Raw, unit: MoneyUnit, reading: CellReading) -> None:
    assert read_cell(raw, column(Kind.MONEY), unit=unit) == reading
