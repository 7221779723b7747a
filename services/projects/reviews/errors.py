"""How a review can be wrong."""

from shared.errors import Forbidden, InvalidInput, Text


class ReviewerIsSubmitter(Forbidden):
    """Nobody reviews what he submitted."""

    title = Text("不能审核本人提交的内容", "The reviewer is the submitter")
    remedy = Text("请由另一位有权限的人员审核。", "Let another officer review it.")


class ReturnNeedsNote(InvalidInput):
    """A return says what is missing."""

    title = Text("退回须说明理由", "A return needs a note")
    remedy = Text("请在 note 中写明退回理由和修改要求。", "Say in note what must be mended.")


class NotReviewedByThisRole(Forbidden):
    """Demands are reviewed by rural officers, supplies by civil affairs officers."""

    title = Text("审核主体不符", "This is reviewed by another office")
    remedy = Text(
        "需求由农业农村(乡村振兴)部门审核,供给由管理地民政部门审核。",
        "Rural offices review demands; civil affairs offices review supplies.",
    )
