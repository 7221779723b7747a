"""Workbooks of organizations give the outcome, findings and values that the sample states row by row."""

from datetime import date
from functools import cache

import pytest

from services.registry.imports.rows.organizations import OrganizationRow, read_organizations
from services.registry.imports.rows.template import ORGANIZATIONS
from shared.contracts.codes import CreditStatus, OrganizationType, QualificationStatus
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

DIRTY = "organizations_dirty.xlsx"


@cache
def read_sample(file: str) -> CheckedTable[OrganizationRow]:
    content = (SAMPLE / file).read_bytes()
    return read_organizations(content, filename=file, divisions=reference_index(), as_of=AS_OF)


def read_csv_row(**changes: str) -> tuple[RowReport, ...]:
    """Read a file of one plain filed group, changed as asked."""
    cells = {
        "机构名称": "三台县梓州邻里互助会",
        "统一社会信用代码": "",
        "机构类型": "社区社会组织（备案）",
        "登记层级": "社区",
        "登记地区代码": "510722",
        "登记地区": "三台县",
        "登记管理机关": "三台县民政局",
        "成立日期": "2020-01-01",
        "是否法人": "否",
        "登记状态": "正常",
        "信用状态": "正常",
        "列入名录日期": "",
        "公开募捐资格": "未知",
        "公募资格状态": "无",
        "评估等级": "未评估",
        "合作募捐方统一社会信用代码": "",
        "业务范围": "邻里互助",
    } | changes
    content = ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"
    table = read_organizations(content.encode(), filename="机构.csv", divisions=reference_index(), as_of=AS_OF)
    return table.report.rows


def codes_of(row: RowReport) -> set[tuple[str, str | None]]:
    return {(finding.code, finding.field) for finding in (*row.errors, *row.warnings)}


def test_all_clean_organizations_are_accepted() -> None:
    table = read_sample("organizations.xlsx")
    assert table.report.count() == {"accept": 96}
    assert len(table.accepted) == 96
    first = table.accepted[0]
    assert first.name == "中国儿童少年基金会"
    assert first.registered_region_code == "100000000000"
    assert first.organization_type is OrganizationType.FOUNDATION
    assert first.public_fundraising is True
    assert first.public_fundraising_status is QualificationStatus.VERIFIED
    assert first.public_fundraising_last_valid_on == date(2028, 12, 31)
    assert sum(row.public_fundraising is None for row in table.accepted) == 72
    assert sum(row.credit_status is CreditStatus.ABNORMAL for row in table.accepted) == 2
    assert sum(row.credit_code is None for row in table.accepted) == 2
    assert all(row.source_number for row in table.accepted)


def test_the_dirty_file_is_described_as_expected() -> None:
    assert_file_as_expected(read_sample(DIRTY).report, DIRTY)


@pytest.mark.parametrize("number", expected_row_numbers(DIRTY))
def test_every_row_of_the_dirty_file_comes_out_as_expected(number: int) -> None:
    assert_row_as_expected(read_sample(DIRTY).report, ORGANIZATIONS, DIRTY, number)


def test_only_rows_without_errors_become_typed_rows() -> None:
    table = read_sample(DIRTY)
    stored = {row.row for row in table.accepted}
    reported = {row.row for row in table.report.rows if not row.errors and row.outcome is not Outcome.IGNORED}
    assert stored == reported


def test_no_personal_data_of_the_file_is_repeated_anywhere() -> None:
    table = read_sample(DIRTY)
    for secret in ("19900000001", "519999190001010016"):
        assert secret not in repr(table)


def test_a_filed_group_needs_no_credit_code() -> None:
    [row] = read_csv_row()
    assert row.outcome is Outcome.ACCEPTED
    assert row.values["assessment_grade"] is None


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"机构类型": "社会团体"}, ("conditional_required", "统一社会信用代码")),
        ({"信用状态": "活动异常名录"}, ("conditional_required", "列入名录日期")),
        ({"信用状态": "活动异常名录", "列入名录日期": "2027-01-01"}, ("date_in_future", "列入名录日期")),
        ({"年检(年报)年度": "2027", "年检结论": "合格"}, ("date_in_future", "年检(年报)年度")),
        ({"合作募捐方统一社会信用代码": "53100000500021326A"}, ("uscc_check_digit", "合作募捐方统一社会信用代码")),
        ({"登记地区代码": "", "登记地区": ""}, ("required", "登记地区代码")),
        ({"登记地区代码": "51072"}, ("region_unknown", "登记地区代码")),
        ({"登记地区代码": "=cmd|' /c calc'!A1"}, ("formula_injection", "登记地区代码")),
        ({"统一社会信用代码": "13800138000"}, ("personal_data", "统一社会信用代码")),
    ],
)
def test_what_depends_on_another_cell_is_checked(changes: dict[str, str], finding: tuple[str, str]) -> None:
    [row] = read_csv_row(**changes)
    assert row.outcome is Outcome.REJECTED
    assert finding in codes_of(row)


def test_a_partner_code_is_normalised() -> None:
    [row] = read_csv_row(合作募捐方统一社会信用代码="53100000 500021326d")
    assert row.values["partner_credit_code"] == "53100000500021326D"


def test_a_filed_group_listed_twice_is_a_duplicate() -> None:
    header = "机构名称,机构类型,登记层级,登记地区代码,登记管理机关,是否法人,登记状态,信用状态,公开募捐资格,业务范围\n"
    line = "邻里互助会,社区社会组织,社区,510722,三台县民政局,否,正常,正常,未知,互助\n"
    table = read_organizations(
        (header + line * 2).encode(), filename="机构.csv", divisions=reference_index(), as_of=AS_OF
    )
    assert [row.outcome.value for row in table.report.rows] == ["accept_with_warning", "reject"]
    assert ("duplicate_in_file", "机构名称") in codes_of(table.report.rows[1])
