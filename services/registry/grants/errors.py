"""How a grant can be wrong."""

from shared.errors import Conflict, InvalidInput, NotFound, Text


class GrantNotFound(NotFound):
    """There is no such grant of the caller's own organization or office."""

    title = Text("没有这项授权", "There is no such grant")
    remedy = Text("请先读取 /grants 查看本单位作出的授权。", "Read /grants for those that your office made.")


class ApplicationNotThere(InvalidInput):
    """No live partner application has this name."""

    title = Text("没有这个可用的合作应用", "There is no such live partner application")
    remedy = Text(
        "请核对应用的 client_id;应用须由安全管理员开通且未停用。",
        "Check the application's client_id; the security administrator must have created it, and not disabled it.",
    )


class GrantorHasNoClient(Conflict):
    """Whoever grants must be a live API client itself, for disabling it must end what it granted."""

    title = Text("授权方没有可用的接口客户端", "The grantor has no live API client")
    remedy = Text(
        "请用本单位接口客户端的令牌作出授权;统一身份或门户登录的令牌不能授权。",
        "Grant with a token of your own API client; tokens of other identity providers and of portals cannot grant.",
    )


class ScopeNotYours(InvalidInput):
    """The grantor's own role includes nothing of this scope."""

    title = Text("本单位的角色没有这一范围的权限", "Your role includes nothing of this scope")
    remedy = Text("请只授予本单位自己可以办理的范围。", "Grant only what your own role may do.")


class GrantTooLong(InvalidInput):
    """A grant ends within the longest time that the settings allow."""

    title = Text("授权期限过长(最长 {most} 天)", "The grant is too long ({most} days at most)")
    remedy = Text("请把 ends_at 提前;到期后可重新授权。", "Choose an earlier ends_at; it can be granted anew then.")


class GrantEndsInThePast(InvalidInput):
    """The end of the grant is over already."""

    title = Text("授权截止时间已过", "The end of the grant is in the past")
    remedy = Text("请填写将来的时间。", "Give a time in the future.")
