"""The forms of demands and supplies (需求项目库、供给项目库汇总表), as officials fill them in."""

from shared.contracts.dictionaries import codes_by_alias, codes_by_label
from shared.workbooks.template import Column, Kind, Template

PROSE = 2_000
REMARK = 500


def _choice(field: str, header: str, dictionary: str, *, many: bool = False, **settings: object) -> Column:
    """Describe a column whose values are a dictionary."""
    return Column(
        field,
        header,
        Kind.MULTI_ENUM if many else Kind.ENUM,
        labels=codes_by_label(dictionary),
        label_aliases=codes_by_alias(dictionary),
        **settings,  # type: ignore[arg-type]
    )


_ORDINAL = Column("ordinal", "序号", Kind.TEXT, ordinal=True)
_REMARK = Column("remark", "备注", Kind.TEXT, max_length=REMARK)
_HELP_FORMS = _choice("help_forms", "帮扶形式", "help_form", many=True, required=True, aliases=("帮扶方式",))
_GROUPS = _choice(
    "beneficiary_groups", "受益对象", "beneficiary_group", many=True, required=True, aliases=("受益群体",)
)
_ASSIST_MODE = _choice("assist_mode", "帮扶模式", "assist_mode", required=True, aliases=("输血/造血", "输血造血"))

DEMANDS = Template(
    name="demands",
    title="社会组织参与乡村振兴需求项目库入库汇总表",
    unit_line="填报单位：　　　　　　　　金额单位：万元",
    columns=(
        _ORDINAL,
        Column("source_number", "需求编号", Kind.CODE, required=True, aliases=("编号", "项目编号")),
        Column(
            "region_code",
            "县(市、区)代码",
            Kind.CODE,
            starred=True,
            aliases=("区划代码", "行政区划代码", "县代码", "县级代码"),
        ),
        Column("county_name", "县(市、区)", Kind.NAME, required=True, aliases=("县", "区县", "所在县")),
        Column("town_name", "乡镇(街道)", Kind.NAME, aliases=("乡镇", "街道", "所在乡镇")),
        Column("village_count", "涉及村数", Kind.INTEGER, maximum=100_000),
        _choice("level", "需求层级", "demand_level", required=True, aliases=("层级",)),
        Column("title", "需求名称", Kind.TEXT, required=True, aliases=("项目名称", "需求项目名称", "名称")),
        Column(
            "description", "需求描述", Kind.TEXT, required=True, max_length=PROSE, aliases=("需求内容", "描述", "内容")
        ),
        _choice("fields", "需求领域", "field", many=True, required=True, aliases=("领域",)),
        _HELP_FORMS,
        _GROUPS,
        Column("beneficiary_persons", "受益人数", Kind.INTEGER, required=True),
        Column(
            "monitored_persons",
            "其中监测对象人数",
            Kind.INTEGER,
            aliases=("其中:监测对象", "监测对象人数", "其中监测对象"),
        ),
        Column("budget_fen", "资金需求(万元)", Kind.MONEY, required=True, aliases=("资金需求",)),
        Column("secured_fen", "已落实资金(万元)", Kind.MONEY, aliases=("已落实(万元)", "已落实资金", "已落实")),
        _ASSIST_MODE,
        Column(
            "requires_public_fundraising", "是否需公开募捐", Kind.BOOLEAN, required=True, aliases=("需公募", "是否公募")
        ),
        Column("raises_online", "是否网络募捐", Kind.BOOLEAN, aliases=("网络募捐",)),
        _choice("procurement", "对接方式", "procurement", required=True),
        _choice("procurement_method", "购买方式", "procurement_method", blank_labels=("无", "—", "-", "/")),
        Column("policy_gap", "政策保障缺口", Kind.TEXT, required=True, max_length=PROSE, aliases=("政策缺口",)),
        _choice("intake_source", "需求来源", "intake_source", required=True, aliases=("来源",)),
        _choice("survey_stage", "入库阶段", "survey_stage", required=True, aliases=("阶段",)),
        Column("is_resettlement_site", "是否易地搬迁安置区", Kind.BOOLEAN, aliases=("易地搬迁安置区",)),
        Column("pairing_requirement", "结对要求", Kind.TEXT, max_length=PROSE),
        Column("starts_on", "期望开始日期", Kind.DATE, required=True, aliases=("期望开始", "开始日期")),
        Column("ends_on", "期望完成日期", Kind.DATE, starred=True, aliases=("期望完成", "完成日期")),
        Column("reporting_unit", "填报单位", Kind.NAME, required=True),
        Column("reported_on", "填报日期", Kind.DATE, required=True, aliases=("填报时间",)),
        _REMARK,
    ),
    notes=(
        "县（市、区）代码填6位或12位（12位时后六位为乡镇、村码，没有填0）。",
        "资金单位为万元，最多两位小数；受益人数填人数，不得填写姓名、身份证号、电话。",
        "对接方式为政府购买服务的，须填购买方式。",
        "期望完成日期可以暂缺，但提交审核前必须填写。",
        "政策保障缺口必填：说明现行哪项政策够不着。",
    ),
)

SUPPLIES = Template(
    name="supplies",
    title="社会组织参与乡村振兴供给项目库申报汇总表",
    unit_line="填报单位：　　　　　　　　金额单位：万元",
    columns=(
        _ORDINAL,
        Column("source_number", "项目编号", Kind.CODE, required=True, aliases=("编号", "供给编号")),
        Column(
            "organization_name", "供给主体名称", Kind.NAME, required=True, aliases=("机构名称", "供给主体", "单位名称")
        ),
        Column("credit_code", "统一社会信用代码", Kind.CODE, aliases=("信用代码", "社会信用代码")),
        Column("title", "供给项目名称", Kind.TEXT, required=True, aliases=("项目名称",)),
        Column(
            "description",
            "项目简介",
            Kind.TEXT,
            required=True,
            max_length=PROSE,
            aliases=("项目内容", "项目描述", "简介"),
        ),
        _choice("fields", "服务领域", "field", many=True, required=True, aliases=("领域",)),
        _HELP_FORMS,
        _GROUPS,
        _ASSIST_MODE,
        Column("region_names", "服务区域", Kind.TEXT, max_length=PROSE, aliases=("服务区域(名称)", "服务地区")),
        Column(
            "region_codes",
            "服务区域代码",
            Kind.TEXT,
            starred=True,
            max_length=PROSE,
            aliases=("区域代码", "服务地区代码"),
        ),
        Column("capacity_total", "可承接总数", Kind.INTEGER, required=True, aliases=("总名额",), maximum=100_000),
        Column("capacity_used", "已承接数", Kind.INTEGER, required=True, aliases=("已用名额",), maximum=100_000),
        Column("budget_fen", "可投入资金(万元)", Kind.MONEY, aliases=("可投入资金",)),
        _choice("resource_types", "资源类型", "resource_type", many=True),
        _choice("channel", "供给来源渠道", "supply_channel", aliases=("来源渠道",)),
        Column("plans_public_fundraising", "拟公开募捐", Kind.BOOLEAN, aliases=("是否公募", "是否公开募捐")),
        Column("starts_on", "开始日期", Kind.DATE, required=True, aliases=("开始时间",)),
        Column("ends_on", "结束日期", Kind.DATE, required=True, aliases=("结束时间", "截止日期")),
        Column("rural_projects_last_3y", "近三年参与乡村振兴项目数", Kind.INTEGER, maximum=100_000),
        Column("review_label", "审核状态", Kind.TEXT),
        Column("reported_on", "填报日期", Kind.DATE, aliases=("填报时间",)),
        _REMARK,
    ),
    notes=(
        "服务领域、帮扶形式、受益对象可多选，用顿号分隔。",
        "服务区域代码用6位行政区划代码，多个用英文分号分隔；全国填*。",
        "可投入资金单位为万元，没有资金的填0，未确定的留空。",
        "已承接数等于可承接总数视为满额。",
        "本表不得填写个人姓名、证件号码和个人电话。",
    ),
)
