"""How a division can be wrong."""

from shared.errors import NotFound, Text


class DivisionNotFound(NotFound):
    """There is no division of this code."""

    title = Text("没有这个行政区划", "There is no such division")
    remedy = Text("请使用 12 位行政区划代码,缺少的层级补 0。", "Use the 12-digit code; missing levels are zeros.")
