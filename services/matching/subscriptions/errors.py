"""How a subscription can be wrong."""

from shared.errors import Conflict, Forbidden, InvalidInput, NotFound, Text


class SubscriptionNotFound(NotFound):
    """There is no such subscription of the caller's own."""

    title = Text("没有这个订阅", "There is no such subscription")
    remedy = Text("请先读取 /subscriptions 查看本单位的订阅。", "Read /subscriptions for your own ones.")


class TooManySubscriptions(Conflict):
    """The owner has as many subscriptions as one may have."""

    title = Text("订阅数量已达上限({most} 个)", "You have as many subscriptions as one may have ({most})")
    remedy = Text(
        "请先删除不再使用的订阅,或在一个订阅中选择多种事件。",
        "Delete one that is not used, or choose several event types in one.",
    )


class SubscriptionDisabled(Conflict):
    """The subscription is disabled: its receiver is gone or fails for long, or the grant that it hung on has ended."""

    title = Text("订阅已停用", "The subscription is disabled")
    remedy = Text(
        "disabled_reason 说明原因:接收端答复 410 或长期失败的,修复后用 POST …/enable 恢复;"
        "授权已终止的,请在有效授权下新建订阅。",
        "disabled_reason tells why. After 410 or long failure mend the receiver and POST …/enable; where its grant has"
        " ended, create a new one under a live grant.",
    )


class SubscriptionNotSandbox(Conflict):
    """Samples are wanted by a subscription that hears of what is real."""

    title = Text("该订阅不是沙箱", "The subscription is no sandbox")
    remedy = Text(
        "示例事件只发给沙箱订阅;请以 sandbox: true 新建一个。",
        "Samples go to sandboxes alone; create one with sandbox: true.",
    )


class EventTypesNotGranted(Forbidden):
    """A subscription under a grant names events of things that the grant does not let the application read."""

    title = Text("授权范围不包含这些事件的内容", "The grant does not include what these events tell of")
    remedy = Text(
        "缺少的读取范围:{missing}。请授权方在新的授权中加入,或只订阅授权范围内的事件;标为 - 的不能授权。",
        "The scopes that read them are missing: {missing}. Ask the grantor for a grant with these, or name other"
        " event types; what bears a - cannot be granted.",
    )


class EndpointNotAllowed(InvalidInput):
    """The endpoint lies in a network, or uses a scheme or a port, to which nothing is sent."""

    title = Text("不允许推送到这个地址", "Nothing may be sent to this address")
    remedy = Text(
        "请使用 https 公网地址和允许的端口(MATCHING_PUSH_ALLOWED_PORTS);"
        "政务内网地址须由运维人员列入允许的网段(MATCHING_PUSH_ALLOWED_NETWORKS)。",
        "Use https, a public address and an allowed port (MATCHING_PUSH_ALLOWED_PORTS); the operators may allow"
        " networks (MATCHING_PUSH_ALLOWED_NETWORKS).",
    )
