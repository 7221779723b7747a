"""How a demand, or what is done with it, can be wrong."""

from shared.errors import Conflict, InvalidInput, NotFound, Text


class DemandNotFound(NotFound):
    """There is no such demand, or the caller may not know of it."""

    title = Text("没有这个需求项目", "There is no such demand")
    remedy = Text(
        "请检查需求编号;未发布的需求只有所辖部门可见。", "Check the id; unpublished demands are seen by their offices."
    )


class DemandStateForbids(Conflict):
    """The state of the demand does not allow this."""

    title = Text("需求当前状态不允许此操作", "The demand's state does not allow this")
    remedy = Text(
        "需求当前状态为 {status},不能执行 {action};现在可以:{allowed}。",
        "It is {status}, which does not allow {action}; now possible: {allowed}.",
    )


class DemandIncomplete(InvalidInput):
    """Submitting needs a policy gap, a beneficiary group, a head count and the day by which it is needed."""

    title = Text("需求内容不完整,不能提交", "The demand is not complete enough to be submitted")
    remedy = Text(
        "提交前请补充政策保障缺口、受益对象、受益人数和期望完成日期。",
        "Add the policy gap, the beneficiary groups, the number of persons and the day by which it is needed first.",
    )


class HeadCountMissing(InvalidInput):
    """A draft says how many it is for."""

    title = Text("未填写数量", "It does not say how many")
    remedy = Text("请填写受益人数或户数。", "Say for how many persons or households.")


class ProcurementMethodMismatch(InvalidInput):
    """Government purchase names its method, and nothing else does."""

    title = Text("购买方式与对接方式不符", "The procurement method does not fit")
    remedy = Text(
        "对接方式为政府购买服务时必须填写购买方式,其他情况不填。",
        "Name a method with government purchase, and none otherwise.",
    )


class PartExceedsWhole(InvalidInput):
    """A part is larger than the whole it belongs to."""

    title = Text("其中项大于总数", "A part exceeds the whole")
    remedy = Text("监测对象人数不得大于受益人数。", "The monitored persons are among the persons.")


class PeriodReversed(InvalidInput):
    """The end lies before the beginning."""

    title = Text("结束日期早于开始日期", "The end lies before the beginning")
    remedy = Text("请检查开始和结束日期。", "Check both dates.")


class DemandPeriodOver(InvalidInput):
    """The last day is over already."""

    title = Text("需求结束日期已过", "The last day of the demand is over")
    remedy = Text("请填写今天或以后的结束日期。", "Give an end that is today or later.")


class SurveyDateInFuture(InvalidInput):
    """A survey has taken place already."""

    title = Text("摸底走访日期晚于今天", "The survey date lies in the future")
    remedy = Text("请填写实际开展的日期。", "Give the day on which it took place.")
