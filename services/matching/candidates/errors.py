"""How a question for candidates can be refused."""

from shared.errors import InvalidInput, Text, Unavailable


class CandidatesNotReady(Unavailable):
    """The process began a moment ago and is still reading a market that is too large to be read at each request."""

    title = Text("候选正在准备", "The candidates are being prepared")
    remedy = Text(
        "服务刚启动,正在读入供需库;请在 {retry_after} 秒后重试。"
        "在此之前不能查候选、看说明、点单和接单,其他功能不受影响。",
        "The service has just started and reads the libraries; ask again in {retry_after} seconds."
        " Until then there are no candidates, explanations, orders and takes; all else works.",
    )


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
