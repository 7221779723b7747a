"""How a pairing can be refused, or refuse a change."""

from shared.errors import Conflict, Forbidden, InvalidInput, NotFound, Text, Unavailable


class PairingNotFound(NotFound):
    """There is no such pairing, or the caller may not know of it."""

    title = Text("没有这项对接", "There is no such pairing")
    remedy = Text(
        "请检查对接编号;只能查看与本单位有关的对接。", "Check the id; only pairings of your own side can be seen."
    )


class PairingUnderway(Conflict):
    """The demand and the supply already have an unfinished pairing."""

    title = Text("该需求与该供给已有进行中的对接", "This demand and this supply already have an unfinished pairing")
    remedy = Text(
        "请在对接列表中查看,并在原对接上答复。",
        "Find it in the list of pairings and answer there.",
    )


class PairNotProposable(Conflict):
    """
    The two cannot be paired now, and the caller is not to know why.

    It stands for a pairing on hold that another side began, and for one that somebody begins at the same moment.
    """

    title = Text("该需求与该供给目前不能发起对接", "This demand and this supply cannot be paired now")
    remedy = Text("请稍后再试,或选择其他需求、供给。", "Try again later, or choose another demand or supply.")


class DemandNotOpen(Conflict):
    """The demand takes no proposals now."""

    title = Text("该需求当前不接受对接", "The demand takes no proposals now")
    remedy = Text("请选择已发布且仍有对接名额的需求。", "Choose a published demand that has places left.")


class SupplyNotListed(Conflict):
    """The supply is not offered now."""

    title = Text("该供给当前未上架", "The supply is not listed now")
    remedy = Text("请选择已上架的供给,或先将供给上架。", "Choose a listed supply, or list it first.")


class PairExcluded(InvalidInput):
    """The rules do not allow this demand and this supply to work together."""

    title = Text("该需求与该供给不符合对接条件", "The rules do not allow this demand and this supply to work together")
    remedy = Text("{reasons_zh}", "{reasons_en}")


class PairingStateForbids(Conflict):
    """The state of the pairing does not allow this step."""

    title = Text("对接当前状态不允许此操作", "The state of the pairing does not allow this")
    remedy = Text(
        "当前状态为 {status},不能变为 {wanted};请刷新后查看。",
        "It is {status}, which cannot become {wanted}.",
    )


class TalksNotBegun(Conflict):
    """A side agrees before both sides have shown interest."""

    title = Text("双方尚未都表示意向", "Not both sides have shown interest yet")
    remedy = Text(
        "请先由双方表示意向(interested),洽谈后再同意(agreed)。",
        "Let both sides answer `interested` first; after the talks answer `agreed`.",
    )


class AnswerOverdue(Conflict):
    """The time to answer is over."""

    title = Text("已超过答复期限", "The time to answer is over")
    remedy = Text(
        "该对接即将失效;如仍有意,请重新发起。", "It is about to expire; begin a new one if you still want it."
    )


class NotYourAnswer(Forbidden):
    """The caller does not speak for the side, or not for this step."""

    title = Text("无权代表该方作此答复", "You do not speak for this side, or not for this step")
    remedy = Text(
        "供给方由组织本身答复;需求方意向由村镇或县级部门表示,同意只能由管辖该需求的农业农村(乡村振兴)部门作出,"
        "该部门同意后,也只有该部门可以谢绝。",
        "The organization answers for the supply side. For the demand side a village or town editor or the rural office"
        " shows interest, and only the rural office whose division contains the demand agrees; what it agreed to, it"
        " alone declines.",
    )


class AgreedForTheOtherSide(Forbidden):
    """An application that agreed for one side wants to agree for the other: two consents would be one decision."""

    title = Text("同一应用不能代双方同意", "One application cannot agree for both sides")
    remedy = Text("请由该方用自己的客户端同意。", "Let this side agree with a client of its own.")


class OwnProposal(Forbidden):
    """The officer who proposed a pairing wants to lift its hold."""

    title = Text("不能解除自己发起的对接的暂缓", "You cannot lift the hold of a pairing that you proposed")
    remedy = Text(
        "请由另一位民政部门或省级业务管理员核实后解除。",
        "Let another civil affairs or provincial officer check it and lift it.",
    )


class ContactsNotOpen(Conflict):
    """The two sides are not in talks yet, or not any more."""

    title = Text(
        "双方尚未进入洽谈,或对接已无结果结束", "The two sides are not in talks, or the pairing ended without a result"
    )
    remedy = Text(
        "双方都表示意向后方可查看对方联系方式。",
        "Each side sees the other's contact once both have shown interest.",
    )


class ContactsUnavailable(Unavailable):
    """The service that keeps a contact does not answer."""

    title = Text("暂时无法读取联系方式", "The contacts cannot be read now")
    remedy = Text("请稍后重试。", "Try again in a moment.")
