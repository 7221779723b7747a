"""Workbooks of supplies give the outcome, findings and values that the sample states row by row."""

import uuid
from collections.abc import Sequence
from functools import cache

import pytest
from openpyxl import load_workbook

from services.projects.imports.rows.organizations import OrganizationReference
from services.projects.imports.rows.supplies import SupplyRow, read_supplies
from services.projects.imports.rows.templates import SUPPLIES
from shared.workbooks.findings import Outcome
from shared.workbooks.folding import fold_label
from shared.workbooks.reports import CheckedTable, RowReport
from tests.shared.expected_rows import (
    AS_OF,
    SAMPLE,
    assert_file_as_expected,
    assert_row_as_expected,
    expected_row_numbers,
)
from tests.shared.reference_divisions import reference_index

DIRTY = "supplies_dirty.xlsx"
TWIN = "同名互助会"


class SampleDirectory:
    """The organizations of the sample workbook, and two that share a name."""

    def __init__(self) -> None:
        sheet = load_workbook(SAMPLE / "organizations.xlsx")["填报表"]
        found = [(str(row[2]), row[3]) for row in sheet.iter_rows(min_row=4, values_only=True)] + [(TWIN, None)] * 2
        self._all = [
            OrganizationReference(uuid.uuid5(uuid.NAMESPACE_OID, f"{name}{n}"), name, str(code) if code else None)
            for n, (name, code) in enumerate(found)
        ]

    def find_by_credit_code(self, credit_code: str) -> OrganizationReference | None:
        return next((item for item in self._all if item.credit_code == credit_code), None)

    def find_by_name(self, name: str) -> Sequence[OrganizationReference]:
        return [item for item in self._all if fold_label(item.name) == fold_label(name)]


@cache
def directory() -> SampleDirectory:
    return SampleDirectory()


@cache
def read_sample(file: str) -> CheckedTable[SupplyRow]:
    content = (SAMPLE / file).read_bytes()
    return read_supplies(content, filename=file, divisions=reference_index(), organizations=directory(), as_of=AS_OF)


def read_csv_row(**changes: str) -> tuple[RowReport, CheckedTable[SupplyRow]]:
    """Read a file of one plain supply, changed as asked."""
    cells = {
        "项目编号": "G1",
        "供给主体名称": "中国妇女发展基金会",
        "统一社会信用代码": "53100000MJX90114XH",
        "供给项目名称": "孕妇学校",
        "项目简介": "每季度讲课",
        "服务领域": "卫生健康",
        "帮扶形式": "智力帮扶",
        "受益对象": "妇女",
        "帮扶模式": "造血",
        "服务区域": "四川省",
        "服务区域代码": "510000",
        "可承接总数": "5",
        "已承接数": "0",
        "开始日期": "2026-03-01",
        "结束日期": "2027-02-28",
        "资源类型": "资金、人才",
    } | changes
    content = ",".join(cells) + "\n" + ",".join(f'"{value}"' for value in cells.values())
    table = read_supplies(
        content.encode(), filename="供给.csv", divisions=reference_index(), organizations=directory(), as_of=AS_OF
    )
    return table.report.rows[0], table


def test_all_clean_supplies_are_accepted() -> None:
    table = read_sample("supplies.xlsx")
    assert table.report.count() == {"accept": 137}
    assert len(table.accepted) == 137
    first = table.accepted[0]
    assert (first.source_number, first.service_regions, first.budget_fen) == ("DS001", ("*",), 600_000_000)
    assert first.organization.credit_code == "53100000500019795A"
    assert (first.capacity_total, first.capacity_used) == (40, 31)
    assert table.accepted[2].service_regions == ("51",)


def test_the_dirty_file_is_described_as_expected() -> None:
    assert_file_as_expected(read_sample(DIRTY).report, DIRTY)


@pytest.mark.parametrize("number", expected_row_numbers(DIRTY))
def test_every_row_of_the_dirty_file_comes_out_as_expected(number: int) -> None:
    assert_row_as_expected(read_sample(DIRTY).report, SUPPLIES, DIRTY, number)


def test_only_rows_without_errors_become_typed_rows() -> None:
    table = read_sample(DIRTY)
    reported = {row.row for row in table.report.rows if not row.errors and row.outcome is not Outcome.IGNORED}
    assert {row.row for row in table.accepted} == reported
    assert "6222000000000000004" not in repr(table)


def test_an_old_workbook_under_a_new_name_is_refused_as_a_whole() -> None:
    report = read_sample("supplies_old_xls.xlsx").report
    assert [finding.code for finding in report.findings] == ["file_format_mismatch"]
    assert report.refused
    assert report.rows == ()


@pytest.mark.parametrize(
    ("changes", "prefixes"),
    [
        ({"服务区域代码": "510700；620000", "服务区域": "四川省绵阳市、甘肃省"}, ("5107", "62")),
        ({"服务区域代码": "511000", "服务区域": "内江市"}, ("5110",)),
        ({"服务区域代码": "510722 510722000000", "服务区域": ""}, ("510722",)),
        ({"服务区域代码": "", "服务区域": "四川省、甘肃省"}, ("51", "62")),
        ({"服务区域代码": "510000;全国", "服务区域": "全国"}, ("*",)),
    ],
)
def test_service_regions_become_prefixes(changes: dict[str, str], prefixes: tuple[str, ...]) -> None:
    _, table = read_csv_row(**changes)
    assert table.accepted[0].service_regions == prefixes


def test_region_names_that_fit_no_code_are_warned_of() -> None:
    row, _ = read_csv_row(服务区域="四川省、贵州省")
    assert [(f.code, f.field) for f in row.warnings] == [("region_name_mismatch", "服务区域")]


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"服务区域代码": "", "服务区域": ""}, ("required", "服务区域代码")),
        ({"服务区域代码": "51"}, ("region_unknown", "服务区域代码")),
        ({"服务区域代码": "=1+1"}, ("formula_injection", "服务区域代码")),
        ({"统一社会信用代码": "", "供给主体名称": TWIN}, ("org_ambiguous", "供给主体名称")),
        ({"供给主体名称": ""}, ("required", "供给主体名称")),
    ],
)
def test_a_faulty_supply_is_refused(changes: dict[str, str], finding: tuple[str, str]) -> None:
    row, table = read_csv_row(**changes)
    assert finding in {(f.code, f.field) for f in row.errors}
    assert table.accepted == ()


def test_an_owner_without_code_is_found_by_name_whatever_the_brackets() -> None:
    _, table = read_csv_row(统一社会信用代码="", 供给主体名称="中国 妇女发展基金会")
    assert table.accepted[0].organization.name == "中国妇女发展基金会"
    assert table.accepted[0].resource_types == ("funds", "talent")
