"""How a supply, or what is done with it, can be wrong."""

from shared.errors import Conflict, InvalidInput, NotFound, Text


class SupplyNotFound(NotFound):
    """There is no such supply, or the caller may not know of it."""

    title = Text("没有这个供给项目", "There is no such supply")
    remedy = Text(
        "请检查供给编号;未上架的供给只有机构本身、管理地民政部门和业务主管单位可见。",
        "Check the id; unlisted ones are seen by their organization, its civil affairs office and supervising unit.",
    )


class SupplyNotUnderReview(Conflict):
    """A comment is for a supply that waits for its review."""

    title = Text("该供给不在审核中", "The supply is not under review")
    remedy = Text("只能对已提交、待审核的供给提出意见。", "Comment on a supply while it is submitted.")


class SupplyStateForbids(Conflict):
    """The state of the supply does not allow this."""

    title = Text("供给当前状态不允许此操作", "The supply's state does not allow this")
    remedy = Text(
        "供给当前状态为 {status},不能执行 {action};现在可以:{allowed}。",
        "It is {status}, which does not allow {action}; now possible: {allowed}.",
    )


class SupplyIncomplete(InvalidInput):
    """Submitting needs a field, a form of help, a beneficiary group and a region."""

    title = Text("供给内容不完整,不能提交", "The supply is not complete enough to be submitted")
    remedy = Text(
        "提交前请补充服务领域、帮扶形式、受益对象和服务区域。",
        "Add fields, help forms, beneficiary groups and service regions first.",
    )


class CapacityUsedExceedsTotal(InvalidInput):
    """More is used elsewhere than there is."""

    title = Text("已承接数大于可承接总数", "More capacity is used than there is")
    remedy = Text("请检查可承接总数和已承接数。", "Check capacity_total and capacity_used_elsewhere.")


class SupplyPeriodReversed(InvalidInput):
    """The end lies before the beginning."""

    title = Text("供给结束日期早于开始日期", "The supply ends before it begins")
    remedy = Text("请检查开始和结束日期。", "Check both dates.")


class SupplyPeriodOver(InvalidInput):
    """The last day is over already."""

    title = Text("供给结束日期已过", "The last day of the supply is over")
    remedy = Text("请填写今天或以后的结束日期。", "Give an end that is today or later.")


class OwnerMissing(InvalidInput):
    """An office says for which organization it drafts."""

    title = Text("未填写供给主体", "The organization is missing")
    remedy = Text("请填写 organization_id。", "Name the organization that offers it.")
