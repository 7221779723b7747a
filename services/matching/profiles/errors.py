"""How a demand or supply can be missing here."""

from shared.errors import NotFound, Text


class DemandUnknown(NotFound):
    """There is no such demand here, or the caller may not know of it."""

    title = Text("没有这项需求", "There is no such demand")
    remedy = Text(
        "请检查需求编号;需求可能尚未发布(草稿和待审核的不能匹配),刚发布的稍后才能匹配,且只能查看本单位管辖范围内的。",
        "Check the id; it may not be published yet, one just published is known a moment later; or not in your scope.",
    )


class SupplyUnknown(NotFound):
    """There is no such supply here, or the caller may not know of it."""

    title = Text("没有这项供给", "There is no such supply")
    remedy = Text(
        "请检查供给编号;供给可能尚未上架,刚上架的稍后才能匹配,且只能查看本机构的或已上架的供给。",
        "Check the id; it may not be listed yet, one just listed is known a moment later; or it is another's.",
    )
