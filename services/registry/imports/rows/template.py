"""The form of organizations (社会组织参与机构登记表), as officials fill it in."""

from shared.contracts.codes import QualificationStatus
from shared.contracts.dictionaries import codes_by_alias, codes_by_label
from shared.workbooks.template import Column, Kind, Template

PROSE = 2_000
REMARK = 500
_NOTHING = ("无", "未评估", "—", "-", "/")


def _choice(field: str, header: str, dictionary: str, **settings: object) -> Column:
    """Describe a column whose values are a dictionary."""
    return Column(
        field,
        header,
        Kind.ENUM,
        labels=codes_by_label(dictionary),
        label_aliases=codes_by_alias(dictionary),
        **settings,  # type: ignore[arg-type]
    )


# 州级 and 区级 are the official names of these levels in such places, no aliases to warn about.
_LEVELS = codes_by_label("organization_level") | {
    label: code for label, code in codes_by_alias("organization_level").items() if label in ("州级", "区级")
}

ORGANIZATIONS = Template(
    name="organizations",
    title="社会组织助力乡村振兴参与机构登记表",
    unit_line="填报单位：　　　　　　　　截止日期：",
    columns=(
        Column("ordinal", "序号", Kind.TEXT, ordinal=True),
        Column("source_number", "机构编号", Kind.CODE, aliases=("编号",)),
        Column("name", "机构名称", Kind.NAME, required=True, aliases=("单位名称", "社会组织名称", "组织名称", "名称")),
        Column(
            "credit_code",
            "统一社会信用代码",
            Kind.CODE,
            starred=True,
            aliases=("社会信用代码", "信用代码", "统一信用代码"),
        ),
        _choice(
            "organization_type",
            "机构类型",
            "organization_type",
            required=True,
            aliases=("类型", "组织类型", "单位类型"),
        ),
        Column(
            "organization_level",
            "登记层级",
            Kind.ENUM,
            required=True,
            aliases=("层级", "登记级别"),
            labels=_LEVELS,
            label_aliases=codes_by_alias("organization_level"),
        ),
        Column(
            "region_code", "登记地区代码", Kind.CODE, starred=True, aliases=("区划代码", "行政区划代码", "登记地代码")
        ),
        Column("region_name", "登记地区", Kind.NAME, aliases=("登记地", "所在地区")),
        Column("registrar", "登记管理机关", Kind.NAME, required=True, aliases=("登记机关", "发证机关")),
        Column("supervising_unit", "业务主管单位", Kind.NAME, aliases=("主管单位",)),
        Column("established_on", "成立日期", Kind.DATE, aliases=("成立时间", "成立登记日期")),
        Column("is_legal_person", "是否法人", Kind.BOOLEAN, required=True, aliases=("法人",)),
        _choice("registration_status", "登记状态", "registration_status", required=True),
        _choice("credit_status", "信用状态", "credit_status", required=True),
        Column("credit_listed_on", "列入名录日期", Kind.DATE, aliases=("列入日期",)),
        Column(
            "annual_check_year",
            "年检(年报)年度",
            Kind.INTEGER,
            aliases=("年检年度", "年报年度"),
            minimum=1990,
            maximum=2100,
        ),
        _choice("annual_check_result", "年检结论", "annual_check_result", aliases=("年检结果",), blank_labels=_NOTHING),
        _choice("assessment_grade", "评估等级", "assessment_grade", aliases=("等级",), blank_labels=_NOTHING),
        Column("assessment_last_valid_on", "评估有效期至", Kind.DATE, aliases=("评估有效期",)),
        Column("is_charity", "是否慈善组织", Kind.BOOLEAN, aliases=("慈善组织",)),
        Column(
            "public_fundraising",
            "公开募捐资格",
            Kind.ENUM,
            required=True,
            aliases=("公募资格",),
            labels={"有": "yes", "无": "no", "未知": "unknown"},
        ),
        Column("public_fundraising_last_valid_on", "公募资格有效期至", Kind.DATE, aliases=("公募有效期",)),
        Column(
            "public_fundraising_status",
            "公募资格状态",
            Kind.ENUM,
            labels={
                "有效": QualificationStatus.VERIFIED,
                "已被吊销": QualificationStatus.REVOKED,
                "吊销": QualificationStatus.REVOKED,
                "撤销": QualificationStatus.REVOKED,
            },
            blank_labels=_NOTHING,
        ),
        Column("tax_deduction_last_valid_on", "税前扣除资格有效期至", Kind.DATE),
        Column("partner_credit_code", "合作募捐方统一社会信用代码", Kind.CODE),
        Column("business_scope", "业务范围", Kind.TEXT, required=True, max_length=PROSE),
        _choice("party_coverage_mode", "党组织组建方式", "party_coverage_mode", blank_labels=_NOTHING),
        Column("full_time_staff", "专职人员数", Kind.INTEGER, aliases=("专职人数",), maximum=1_000_000),
        Column("social_workers", "持证社工人数", Kind.INTEGER, aliases=("持证社工数",), maximum=1_000_000),
        Column("remark", "备注", Kind.TEXT, max_length=REMARK),
    ),
    notes=(
        "统一社会信用代码为18位文本；备案的社区社会组织没有代码，可空。",
        "评估等级没有的留空；公开募捐资格未查到一律填“未知”。",
        "信用状态不是“正常”的，须填列入名录日期。",
        "本表不得填写个人姓名、证件号码和个人电话。",
    ),
)
