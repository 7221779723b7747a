"""Files of demands give the outcome, findings and values that the sample states row by row."""

from collections import Counter
from functools import cache

import pytest

from services.projects.imports.rows.demands import DemandRow, read_demands
from services.projects.imports.rows.templates import DEMANDS
from shared.contracts.codes import Procurement, SurveyStage
from shared.workbooks.findings import Outcome
from shared.workbooks.reports import CheckedTable, RowReport
from tests.shared.expected_rows import (
    AS_OF,
    SAMPLE,
    assert_file_as_expected,
    assert_row_as_expected,
    expected_row_numbers,
)
from tests.shared.reference_divisions import reference_index

DIRTY = ("demands_dirty.xlsx", "demands_gb18030.csv")


@cache
def read_sample(file: str) -> CheckedTable[DemandRow]:
    content = (SAMPLE / file).read_bytes()
    return read_demands(content, filename=file, divisions=reference_index(), as_of=AS_OF)


def read_csv_row(*, within: str = "", **changes: str) -> tuple[RowReport, CheckedTable[DemandRow]]:
    """Read a file of one plain demand, changed as asked."""
    cells = {
        "需求编号": "X1",
        "县(市、区)代码": "510722",
        "县(市、区)": "三台县",
        "乡镇(街道)": "龙树镇",
        "需求层级": "村",
        "需求名称": "山坪塘淤了",
        "需求描述": "想请人清淤",
        "需求领域": "产业振兴",
        "帮扶形式": "资金帮扶",
        "受益对象": "村集体",
        "受益人数": "100",
        "资金需求(万元)": "8",
        "帮扶模式": "输血",
        "是否需公开募捐": "否",
        "对接方式": "无",
        "购买方式": "",
        "政策保障缺口": "不含该项",
        "需求来源": "走访",
        "入库阶段": "入库",
        "期望开始日期": "2027-01-01",
        "期望完成日期": "2027-12-31",
        "填报单位": "三台县农业农村局",
        "填报日期": "2026-11-10",
    }
    cells |= {key.replace("__", "(").replace("_", ")"): value for key, value in changes.items()}
    header = ",".join(f'"{key}"' for key in cells)
    content = header + "\n" + ",".join(f'"{value}"' for value in cells.values())
    table = read_demands(content.encode(), filename="需求.csv", divisions=reference_index(), as_of=AS_OF, within=within)
    return table.report.rows[0], table


def test_all_clean_demands_are_accepted_and_71_are_admitted() -> None:
    table = read_sample("demands.xlsx")
    assert table.report.count() == {"accept": 90}
    assert len(table.accepted) == 90
    stages = Counter(row.survey_stage for row in table.accepted)
    assert stages[SurveyStage.ADMITTED] == 71
    first = table.accepted[0]
    assert (first.source_number, first.county_code, first.budget_fen) == ("XQ001", "513436000000", 42_000_000)
    assert first.town_name == "牛牛坝镇"
    assert first.procurement is Procurement.NONE


@pytest.mark.parametrize("file", DIRTY)
def test_the_dirty_files_are_described_as_expected(file: str) -> None:
    assert_file_as_expected(read_sample(file).report, file)


@pytest.mark.parametrize(("file", "number"), [(file, n) for file in DIRTY for n in expected_row_numbers(file)])
def test_every_row_of_the_dirty_files_comes_out_as_expected(file: str, number: int) -> None:
    assert_row_as_expected(read_sample(file).report, DEMANDS, file, number)


@pytest.mark.parametrize("file", DIRTY)
def test_only_rows_without_errors_become_typed_rows(file: str) -> None:
    table = read_sample(file)
    reported = {row.row for row in table.report.rows if not row.errors and row.outcome is not Outcome.IGNORED}
    assert {row.row for row in table.accepted} == reported


@pytest.mark.parametrize("file", DIRTY)
def test_no_personal_data_of_the_file_is_repeated_anywhere(file: str) -> None:
    text = repr(read_sample(file))
    for secret in ("19900000001", "519999190001010016", "５１９９９９"):
        assert secret not in text


def test_an_amount_that_is_approximate_or_suspicious_is_marked() -> None:
    rows = {row.source_number: row for row in read_sample("demands_dirty.xlsx").accepted}
    assert rows["XQ-D019"].budget_is_approximate
    assert not rows["XQ-D018"].budget_is_approximate
    assert rows["XQ-D024"].budget_needs_confirmation


def test_a_town_is_found_by_its_code_and_by_its_name() -> None:
    by_name = read_csv_row()[1].accepted[0]
    assert by_name.region_code == "510722000000"
    assert by_name.town_code is not None
    [by_code] = read_csv_row(**{"县__市、区_代码": by_name.town_code})[1].accepted
    assert by_code.region_code == by_code.town_code == by_name.town_code


def test_an_unknown_town_code_keeps_the_county_with_a_warning() -> None:
    row, table = read_csv_row(**{"县__市、区_代码": "510722999000"})
    assert [finding.code for finding in row.warnings] == ["region_town_unknown"]
    assert table.accepted[0].region_code == "510722000000"


def test_an_ambiguous_county_is_found_within_the_uploaders_division() -> None:
    row, table = read_csv_row(within="11", **{"县__市、区_代码": "", "县__市、区_": "朝阳区", "乡镇__街道_": ""})
    assert [finding.code for finding in row.warnings] == ["region_resolved_by_name"]
    assert table.accepted[0].county_code == "110105000000"


def test_a_prefecture_without_counties_stands_as_a_county() -> None:
    _, table = read_csv_row(**{"县__市、区_代码": "441900", "县__市、区_": "广东省东莞市", "乡镇__街道_": ""})
    assert table.accepted[0].county_code == "441900000000"


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"县__市、区_代码": "", "县__市、区_": ""}, ("required", "县(市、区)")),
        ({"县__市、区_代码": "#REF!"}, ("formula_no_value", "县(市、区)代码")),
        ({"期望完成日期": "2026-12-31"}, ("date_order", "期望完成日期")),
        ({"对接方式": "政府购买服务", "购买方式": "抽签"}, ("enum_unknown", "购买方式")),
        ({"受益人数": "-1"}, ("number_out_of_range", "受益人数")),
        ({"需求领域": "、"}, ("enum_unknown", "需求领域")),
    ],
)
def test_a_faulty_demand_is_refused(changes: dict[str, str], finding: tuple[str, str]) -> None:
    row, table = read_csv_row(**changes)
    assert finding in {(f.code, f.field) for f in row.errors}
    assert table.accepted == ()


def test_a_purchase_method_without_purchase_is_dropped() -> None:
    _, table = read_csv_row(购买方式="公开招标")
    assert table.accepted[0].procurement_method is None


def test_a_purchase_keeps_its_method() -> None:
    _, table = read_csv_row(对接方式="政府购买服务", 购买方式="公开招标")
    assert table.accepted[0].procurement_method == "open_tender"
