"""How a rating can be refused."""

from shared.errors import Conflict, Text


class PairingNotCompleted(Conflict):
    """A side rates a pairing that is not completed."""

    title = Text("对接尚未完成,不能评单", "The pairing is not completed and cannot be rated")
    remedy = Text("请在对接完成后评单。", "Rate it once it is completed.")


class AlreadyRated(Conflict):
    """The side has rated the pairing otherwise."""

    title = Text("本方已评单", "Your side has rated this pairing")
    remedy = Text("每方只评一次,提交后不能修改。", "Each side rates once, and its rating stays.")
