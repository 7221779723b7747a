"""How a subscription can be wrong."""

from shared.errors import Conflict, InvalidInput, NotFound, Text


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
    """The subscription is disabled: its receiver answered 410 Gone, or the grant that it hung on has ended."""

    title = Text("订阅已停用", "The subscription is disabled")
    remedy = Text(
        "接收端曾答复 410,或其所依据的授权已终止;请在有效授权下新建订阅。",
        "Its receiver answered 410, or its grant has ended; create a new one, under a live grant.",
    )


class EndpointNotAllowed(InvalidInput):
    """The endpoint lies in a network, or uses a scheme, to which nothing is sent."""

    title = Text("不允许推送到这个地址", "Nothing may be sent to this address")
    remedy = Text(
        "请使用 https 公网地址;政务内网地址须由运维人员列入允许的网段(MATCHING_PUSH_ALLOWED_NETWORKS)。",
        "Use https and a public address; the operators may allow networks (MATCHING_PUSH_ALLOWED_NETWORKS).",
    )
