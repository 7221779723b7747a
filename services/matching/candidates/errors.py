"""How a preview of candidates can be refused."""

from shared.errors import InvalidInput, Text


class DraftContradicts(InvalidInput):
    """The facts of a draft contradict each other, or its time is over."""

    title = Text("草稿内容前后矛盾或已过期", "The draft contradicts itself, or its time is over")
    remedy = Text(
        "请核对所指的一项:受益人数或户数至少填一项,监测对象不多于受益人数,已占用不多于可承接总数,"
        "截止日期不早于开始日期和今天。",
        "Check the field pointed to: persons or households are needed, monitored persons are among the persons,"
        " capacity used is at most the total, and the last day is not before the first day or today.",
    )


class OneDraftNeeded(InvalidInput):
    """A preview is asked for both a demand and a supply, or for neither."""

    title = Text("请只提供一份草稿", "Exactly one draft is needed")
    remedy = Text("请填写 demand 或 supply 中的一项。", "Send either demand or supply.")
