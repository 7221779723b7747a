"""How a demand or supply can be missing here."""

from shared.errors import NotFound, Text


class DemandUnknown(NotFound):
    """There is no such demand here, or the caller may not know of it."""

    title = Text("没有这项需求", "There is no such demand")
    remedy = Text(
        "请检查需求编号;刚发布的需求稍后才能匹配,且只能查看本单位管辖范围内的需求。",
        "Check the id; a demand just published can be matched a moment later, and only within your own scope.",
    )


class SupplyUnknown(NotFound):
    """There is no such supply here, or the caller may not know of it."""

    title = Text("没有这项供给", "There is no such supply")
    remedy = Text(
        "请检查供给编号;刚上架的供给稍后才能匹配,且只能查看本机构的或已上架的供给。",
        "Check the id; a supply just listed can be matched a moment later; it must be your own or a listed one.",
    )
