"""How a receiver of digests can be refused, and how a link can lead nowhere."""

from shared.errors import Conflict, NotFound, Text


class DigestRecipientNotFound(NotFound):
    """There is no such receiver of digests, or it is another's."""

    title = Text("没有这个摘要接收人", "There is no such receiver of digests")
    remedy = Text("请在列表中查看本单位的接收人。", "Look for it in the list of your own receivers.")


class TooManyDigestRecipients(Conflict):
    """The owner has as many receivers as it may."""

    title = Text("摘要接收人已达上限", "You have as many receivers of digests as you may")
    remedy = Text("最多 {most} 个,请先删除不再使用的。", "At most {most}; delete one that is not used any more.")


class LinkNotValid(NotFound):
    """The link was made by nobody here, or something newer has taken its place."""

    title = Text("链接无效或已失效", "The link is not valid, or not any more")
    remedy = Text("请使用最近一封邮件中的链接。", "Use the link of the latest e-mail.")
