"""How a run can be refused."""

from shared.errors import Conflict, NotFound, Text


class RunNotFound(NotFound):
    """There is no such run."""

    title = Text("没有这次批量匹配", "There is no such run")
    remedy = Text("请检查批次编号。", "Check the id.")


class RunUnderway(Conflict):
    """Another run is not finished."""

    title = Text("已有批量匹配正在进行", "Another run is underway")
    remedy = Text("请等待其完成后再发起。", "Wait until it is finished.")
