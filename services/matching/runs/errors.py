"""How a run can be refused."""

from shared.errors import Conflict, NotFound, Text, Unavailable


class RunNotFound(NotFound):
    """There is no such run."""

    title = Text("没有这次批量匹配", "There is no such run")
    remedy = Text("请检查批次编号。", "Check the id.")


class RunUnderway(Conflict):
    """Another run is not finished."""

    title = Text("已有批量匹配正在进行", "Another run is underway")
    remedy = Text("请等待其完成后再发起。", "Wait until it is finished.")


class RunGivenUp(Unavailable):
    """The run failed at every attempt; it is told in the operation."""

    title = Text("批量匹配多次尝试均未成功", "The run failed at every attempt")
    remedy = Text("请联系运维人员查明原因后重新发起。", "Have the operators find the cause, then begin another run.")
