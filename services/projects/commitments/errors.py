"""How a commitment can fail."""

from shared.errors import Conflict, InvalidInput, NotFound, Text


class CommitmentNotFound(NotFound):
    """The pairing holds nothing."""

    title = Text("该对接没有占用记录", "There is no commitment of this pairing")
    remedy = Text("请检查对接编号。", "Check the pairing's id.")


class NotOpen(Conflict):
    """The demand is not published, the supply not listed, or its organization not in good standing."""

    title = Text("需求或供给不在可对接状态", "The demand or the supply is not open")
    remedy = Text(
        "需求须已发布,供给须已上架,供给机构须已入驻、登记正常且未列入严重违法失信名单;请撤回该对接。",
        "It was closed or never opened, or the organization is not enrolled, not registered or listed as seriously "
        "illegal; withdraw the pairing.",
    )


class NeedCovered(Conflict):
    """Every place of the demand is taken."""

    title = Text("需求名额已满", "The demand is covered")
    remedy = Text("该需求的对接名额已全部占用,请选择其他需求。", "All its places are taken; choose another demand.")


class CapacityExhausted(Conflict):
    """The supply can take on no more."""

    title = Text("供给可承接数已用完", "The supply's capacity is exhausted")
    remedy = Text("该供给已满额,请选择其他供给。", "It is full; choose another supply.")


class CommitmentDiffers(InvalidInput):
    """The pairing already holds a commitment with another content."""

    title = Text("该对接已有不同内容的占用", "The pairing holds another commitment")
    remedy = Text(
        "同一对接只能占用同一需求和供给,重试时请原样发送。",
        "One pairing holds one demand and supply; send the same body when you retry.",
    )


class CommitmentFulfilled(Conflict):
    """What is fulfilled cannot be released."""

    title = Text("占用已完成,不能释放", "The commitment is fulfilled")
    remedy = Text("已完成的对接不再释放名额。", "A fulfilled pairing gives nothing back.")


class CommitmentReleased(Conflict):
    """What was given back cannot be fulfilled."""

    title = Text("占用已释放,不能完成", "The commitment is released")
    remedy = Text("已释放的对接须重新对接。", "A released pairing must be made anew.")
