"""How a token request can fail."""

from typing import ClassVar

from shared.errors import BadRequest, Forbidden, Text, Unauthenticated


class ClientNotRecognised(Unauthenticated):
    """Name and secret do not belong together, or the client or the secret has ended."""

    challenge: ClassVar[str] = 'Basic realm="xiangqiao"'
    title = Text("客户端凭证不正确", "The client's credentials are not right")
    remedy = Text(
        "请检查 client_id 和 client_secret,或联系安全管理员。",
        "Check client_id and client_secret, or ask the security administrator.",
    )


class ClientNotActivated(Forbidden):
    """The credentials are right, and nobody but their creator has let the client or the secret in yet."""

    title = Text("客户端或密钥尚未激活", "The client or the secret is not active yet")
    remedy = Text(
        "请由创建者以外的另一位安全管理员激活后再换取令牌。",
        "Ask a security administrator other than the one who created it to activate it, then try again.",
    )


class GrantNotSupported(BadRequest):
    """Only client credentials are exchanged for tokens."""

    title = Text("不支持该授权方式", "The grant type is not supported")
    remedy = Text("grant_type 请使用 client_credentials。", "Send grant_type=client_credentials.")


class GrantNotUsable(BadRequest):
    """There is no such grant to this application, or it, its grantor or its time has ended."""

    title = Text("授权不存在、已撤销或已到期", "There is no such grant, or it has ended")
    remedy = Text(
        "请读取 /grants 核对 grant_id,或请授权方重新授权。",
        "Check grant_id in /grants, or ask the grantor for a new grant.",
    )
