"""How the organization of a supply can be wrong."""

from shared.errors import Conflict, InvalidInput, Text


class OrganizationUnknown(InvalidInput):
    """There is no such organization here."""

    title = Text("没有查到该机构", "There is no such organization here")
    remedy = Text(
        "刚登记的机构一两秒后才到这里,请稍候重试;仍查不到时,请由民政部门登记并办理入驻,或更正机构编号。",
        "What registry has just recorded is known here a second or two later: retry then. If it stays unknown, "
        "let the civil affairs office enrol it, or correct its id.",
    )


class OrganizationNotActive(Conflict):
    """Only an active organization offers supplies."""

    title = Text("该机构未处于入驻状态", "The organization is not active")
    remedy = Text(
        "请联系管理地民政部门办理入驻或恢复后再提交;刚办理的,请一两秒后重试。",
        "Ask the civil affairs office of its record division to activate it first; if it just did, retry in a second "
        "or two.",
    )
