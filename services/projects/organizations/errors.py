"""How the organization of a supply can be wrong."""

from shared.errors import Conflict, InvalidInput, Text


class OrganizationUnknown(InvalidInput):
    """There is no such organization here."""

    title = Text("没有查到该机构", "There is no such organization here")
    remedy = Text("请先由民政部门办理入驻,或更正机构。", "Let the civil affairs office enrol it, or correct its id.")


class OrganizationNotActive(Conflict):
    """Only an active organization offers supplies."""

    title = Text("该机构未处于入驻状态", "The organization is not active")
    remedy = Text(
        "请联系管理地民政部门办理入驻或恢复后再提交。",
        "Ask the civil affairs office of its record division to activate it first.",
    )
