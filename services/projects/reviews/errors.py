"""How a review can be wrong."""

from shared.errors import Forbidden, InvalidInput, Text


class ReviewerIsSubmitter(Forbidden):
    """Nobody reviews what he submitted."""

    title = Text("不能审核本人提交的内容", "The reviewer is the submitter")
    remedy = Text("请由另一位有权限的人员审核。", "Let another officer review it.")


class ReviewerIsEditor(Forbidden):
    """Nobody approves what he wrote last: two people see every entry (四眼原则)."""

    title = Text("不能通过本人最后修改的内容", "The reviewer edited it last")
    remedy = Text(
        "请由另一位有权限的人员审核,或退回由报送人修改后再提交。",
        "Let another officer approve it, or return it, so that its submitter edits it again.",
    )


class ReturnNeedsNote(InvalidInput):
    """A return says what is missing."""

    title = Text("退回须说明理由", "A return needs a note")
    remedy = Text("请在 note 中写明退回理由和修改要求。", "Say in note what must be mended.")


class CommentNeedsNote(InvalidInput):
    """A comment says something."""

    title = Text("意见须有内容", "A comment needs a note")
    remedy = Text("请在 note 中写明意见。", "Say in note what you think of it.")


class CommentsOnly(Forbidden):
    """A supervising unit comments; offices decide."""

    title = Text("业务主管单位只提意见,审核由民政部门决定", "Supervising units comment, and offices decide")
    remedy = Text(
        "业务主管单位请用 comment 提出意见;审核部门请用 approve 或 return。",
        "A supervising unit uses comment; an office uses approve or return.",
    )


class NotReviewedByThisRole(Forbidden):
    """Demands are reviewed by rural officers, supplies by civil affairs officers."""

    title = Text("审核主体不符", "This is reviewed by another office")
    remedy = Text(
        "需求由农业农村(乡村振兴)部门审核,供给由管理地民政部门审核。",
        "Rural offices review demands; civil affairs offices review supplies.",
    )
