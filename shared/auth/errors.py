"""How a caller can fail to be known or allowed."""

from typing import ClassVar

from shared.errors import Forbidden, Text, Unauthenticated, Unavailable


class TokenMissing(Unauthenticated):
    """The request carries no access token."""

    title = Text("未登录", "No access token")
    remedy = Text(
        "请先用客户端凭证换取访问令牌,并放入 Authorization: Bearer。",
        "Get an access token with your client's credentials and send it as Authorization: Bearer.",
    )


class TokenInvalid(Unauthenticated):
    """The token is malformed, expired, not yet valid, or from an issuer that is not believed."""

    challenge: ClassVar[str] = 'Bearer error="invalid_token"'
    title = Text("访问令牌无效或已过期", "The access token is not valid or has expired")
    remedy = Text("请重新换取访问令牌。", "Get a new access token.")


class TokenRevoked(TokenInvalid):
    """The token's client was disabled, or the secret or the grant that it was got with was revoked."""

    title = Text("访问令牌已被撤销", "The access token was revoked")
    remedy = Text(
        "请用有效的客户端密钥重新换取访问令牌;如仍失败,请联系安全管理员。",
        "Get a new access token with a live secret; if that fails, ask the security administrator.",
    )


class TokenIssuerUnavailable(Unavailable):
    """The issuer's keys cannot be read now."""

    title = Text("暂时无法核验令牌", "Tokens cannot be checked for a moment")
    remedy = Text("请稍后重试。", "Try again in a moment.")


class NotAllowed(Forbidden):
    """The role of the caller does not include this action."""

    title = Text("没有此项权限", "Your role does not include this")
    remedy = Text(
        "请由有权限的人员办理,或联系安全管理员调整角色。",
        "Ask somebody whose role includes it, or the security administrator.",
    )


class GrantNeeded(Forbidden):
    """A partner application acts for nobody yet; a grant would let it do this."""

    title = Text("需要授权", "A grant is needed for this")
    remedy = Text(
        "合作应用须先由社会组织或部门授权(POST /registry/v1/grants),再用 grant_id 换取代办令牌;见 docs/identity.md。",
        "An organization or office must grant it to your application (POST /registry/v1/grants); then get a token with"
        " grant_id: see docs/identity.md.",
    )


class NotGranted(Forbidden):
    """The grant under which an application acts does not include this action."""

    title = Text("授权范围不包含此项操作", "The grant does not include this")
    remedy = Text(
        "请由授权方在新的授权中加入相应范围,或由其本人办理;审核、发布、撤回等不能授权。",
        "Ask the grantor for a grant with the scope, or to do it itself; reviews, publishing and withdrawals"
        " cannot be granted.",
    )


class OutOfScope(Forbidden):
    """The place or organization named lies outside the caller's scope."""

    title = Text("超出管辖范围", "Outside your scope")
    remedy = Text(
        "请填写本单位管辖范围内的行政区划或本机构。",
        "Name a division within your office's scope, or your own organization.",
    )
