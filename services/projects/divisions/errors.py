"""How a division named in a body can be wrong."""

from shared.errors import InvalidInput, Text


class DivisionUnknown(InvalidInput):
    """No division of this code is in force."""

    title = Text("没有这个现行行政区划", "No division of this code is in force")
    remedy = Text(
        "请使用现行的 12 位行政区划代码,缺少的层级补 0。",
        "Use a 12-digit code that is in force; missing levels are zeros.",
    )


class DivisionTooWide(InvalidInput):
    """A demand stands in a county or below it."""

    title = Text("行政区划范围过大", "The division is too wide")
    remedy = Text("请填写县级或以下的行政区划代码。", "Name a county, a town or a village.")
