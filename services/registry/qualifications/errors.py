"""How a qualification can be wrong."""

from shared.errors import Conflict, Forbidden, InvalidInput, NotFound, Text


class QualificationNotFound(NotFound):
    """There is no such qualification, or it is outside the caller's scope."""

    title = Text("没有这项资质", "There is no such qualification")
    remedy = Text("请检查编号,并确认其在本单位管理范围内。", "Check the id, and that it lies within your scope.")


class QualificationStepNotAllowed(Conflict):
    """The state of the qualification does not allow this step."""

    title = Text("当前资质状态不允许此操作", "The state of the qualification does not allow this")
    remedy = Text(
        "现为 {status};可以的顺序:submitted → verified|rejected,verified → expired|revoked。",
        "It is {status}; the steps are submitted → verified|rejected, verified → expired|revoked.",
    )


class QualificationAlreadySubmitted(Conflict):
    """Another one of the same kind waits for its review."""

    title = Text("同类资质正在核验", "One of this kind waits for its review")
    remedy = Text("请等核验结束后再提交。", "Wait until it is reviewed.")


class ReviewerIsSubmitter(Forbidden):
    """Who submitted a thing never reviews it."""

    title = Text("不能审核本人提交的内容", "What you submitted is not yours to review")
    remedy = Text("请由另一位工作人员办理。", "Let another officer review it.")


class PeriodReversed(InvalidInput):
    """The period ends before it begins."""

    title = Text("有效期止早于有效期起", "The period ends before it begins")
    remedy = Text("请核对有效期起止日期。", "Check the two dates.")
