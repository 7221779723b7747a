"""How a policy can be missing."""

from shared.errors import NotFound, Text


class NoPolicyInForce(NotFound):
    """No version of the policy is in force on the legal day."""

    title = Text("当日没有生效的匹配政策", "No matching policy is in force on this day")
    remedy = Text("请由省级业务管理员发布生效日期合适的政策版本。", "Let the province publish a version for that day.")
