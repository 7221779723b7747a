"""How a log-in through a portal can fail on our side."""

from shared.errors import Forbidden, NotFound, Text


class PortalNotFound(NotFound):
    """No portal of this name is configured."""

    title = Text("没有接入这个政务服务网", "No such portal is connected")
    remedy = Text("请检查 portal 名称,或联系系统管理员。", "Check the name, or ask the system administrator.")


class OrganizationNotEnrolled(Forbidden):
    """The legal person is not on record here, or its enrolment is not active."""

    title = Text("该机构尚未入驻", "The organization is not enrolled")
    remedy = Text(
        "请先由管理地民政部门办理入驻。", "Ask the civil affairs office that keeps its record to enrol it first."
    )
