"""How a delivery can be refused or lost."""

from shared.errors import Conflict, NotFound, Text


class DeliveryNotFound(NotFound):
    """There is no such delivery to a subscription of the caller's own."""

    title = Text("没有这条推送记录", "There is no such delivery")
    remedy = Text("请先读取 /deliveries 查看本单位的推送记录。", "Read /deliveries for your own ones.")


class PairingWithdrawn(Conflict):
    """The delivery tells of a pairing that has been withdrawn since."""

    title = Text("该对接已撤回,不能再推送", "The pairing has been withdrawn; this is not sent again")
    remedy = Text("请重新推送撤回事件。", "Have the event of its withdrawal sent again instead.")


class LeaseLost(Exception):
    """The endpoint was leased to another worker, or deleted, meanwhile: nothing may be recorded."""
