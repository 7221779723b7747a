"""How what waits cannot be brought to anybody."""

from shared.errors import Conflict, Text


class MailNotSetUp(Conflict):
    """The platform cannot send e-mail, so that neither a digest nor a code would ever arrive."""

    title = Text("平台未开通邮件发送", "The platform sends no e-mail")
    remedy = Text(
        "请联系运维设置邮件服务器;待办可随时在 /matching/v1/inbox 读取。",
        "Ask the operators to set a mail server; the inbox can be read at any time.",
    )
