"""How a contact can be missing."""

from shared.errors import Conflict, NotFound, Text


class ContactNotFound(NotFound):
    """No contact is kept."""

    title = Text("没有登记联系方式", "No contact is kept")
    remedy = Text("请由所有者先登记联系方式。", "Its owner sets it first.")


class ContactNotWanted(Conflict):
    """A contact is kept only while somebody may need it."""

    title = Text("已关闭或已退出,不再登记联系方式", "It is closed or has left, and no contact is kept of it")
    remedy = Text("无需登记;已有的联系方式会按期删除。", "Nothing is to be done; what was kept is deleted in time.")
