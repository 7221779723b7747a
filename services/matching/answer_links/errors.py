"""How an answer link can be refused, and how it can refuse."""

from shared.errors import Conflict, Forbidden, NotFound, Text, TooManyRequests


class AnswerLinkNotFound(NotFound):
    """There is no such link of this pairing."""

    title = Text("没有这个答复链接", "There is no such answer link")
    remedy = Text("请在该对接的答复链接列表中查看。", "Look for it in the list of the pairing's answer links.")


class AnswerLinkNotValid(NotFound):
    """The link was never made, or was used, revoked, or has expired: who follows it is not told which."""

    title = Text("链接无效或已失效", "The link is not valid, or not any more")
    remedy = Text("请联系发给您链接的部门重新发送。", "Ask the office that sent it for a new one.")


class NothingToAnswer(Conflict):
    """The pairing asks nothing of this side now that a link could answer."""

    title = Text("该方目前没有可通过链接答复的事项", "Nothing waits that this side could answer by a link")
    remedy = Text(
        "仅待表示意向的一方,或洽谈后待同意的供给方,可通过链接答复;需求方的同意须由农业农村(乡村振兴)部门作出。",
        "A link answers for a side that has not shown interest yet, or for the supply side after the talks; for the"
        " demand side the rural office alone agrees.",
    )


class CodeAskedTooOften(TooManyRequests):
    """A code was sent a moment ago, or as many as one link gets."""

    title = Text("验证码请求过于频繁", "A code was asked for too often")
    remedy = Text(
        "请在 {retry_after} 秒后再试;每个链接最多发送 {most} 次验证码。",
        "Try again in {retry_after} seconds; one link gets {most} codes at most.",
    )


class TooManyAnswerLinks(TooManyRequests):
    """A side was given as many links of a pairing within a day as it may be."""

    title = Text("该方今日的答复链接过多", "Too many answer links for this side today")
    remedy = Text(
        "同一对接的同一方一日内最多生成 {most} 个答复链接;请使用最近发送的链接,或在 {retry_after} 秒后再试。",
        "One side of a pairing gets {most} links a day; use the latest one, or try again in {retry_after} seconds.",
    )


class CodeNotRight(Forbidden):
    """The code is not the one that was sent, or it has expired, or was tried too often."""

    title = Text("验证码不正确或已失效", "The code is not right, or not any more")
    remedy = Text(
        "请核对最近收到的验证码;多次输错后须重新获取。", "Check the latest code; after some tries get a new one."
    )
