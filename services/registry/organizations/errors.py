"""How an organization can be wrong."""

from shared.errors import Conflict, InvalidInput, NotFound, Text


class OrganizationNotFound(NotFound):
    """There is no such organization, or it is outside what the caller may see."""

    title = Text("没有这家机构", "There is no such organization")
    remedy = Text("请检查机构编号,并确认其在本单位管理范围内。", "Check the id, and that it lies within your scope.")


class OrganizationAlreadyRegistered(Conflict):
    """Another record has the same credit code."""

    title = Text("该统一社会信用代码已有记录", "The credit code is already on record")
    remedy = Text("请先按代码查询,在原记录上更新。", "Look the code up and change the record that exists.")


class FiledBodyAlreadyRegistered(Conflict):
    """Another body without a credit code has the same name in the same division."""

    title = Text("该地已有同名的备案组织", "A filed body of this name is on record for this division")
    remedy = Text("请先按名称查询,在原记录上更新。", "Look the name up and change the record that exists.")


class CreditCodeMissing(InvalidInput):
    """Only filed community organizations have no credit code."""

    title = Text("缺少统一社会信用代码", "The credit code is missing")
    remedy = Text(
        "除备案的社区社会组织外,均须填写 18 位代码。", "All but filed community organizations need their 18 characters."
    )


class CategoryContradictsType(InvalidInput):
    """The first two characters of the credit code belong to another type (51, 52, 53)."""

    title = Text("信用代码类别与机构类型不符", "The category of the credit code contradicts the type")
    remedy = Text(
        "51 为社会团体、52 为社会服务机构、53 为基金会,请更正其中一项。",
        "51 is an association, 52 a social service agency, 53 a foundation: correct one of the two.",
    )


class DivisionUnknown(InvalidInput):
    """The division is not in the table of divisions, or not in force any more."""

    title = Text("行政区划不存在或已停用", "The division is unknown or no longer in force")
    remedy = Text("请使用现行的 12 位行政区划代码。", "Use a 12-digit code that is in force.")


class RecordDivisionContradicts(InvalidInput):
    """An organization registered in this province is recorded where it is registered."""

    title = Text("管理地与登记地不符", "The record division does not fit the registered division")
    remedy = Text(
        "本省登记的机构,管理地即登记地;只有全国性和省外机构另行填写。",
        "Within the province it is the registered division; only national and out-of-province bodies name another.",
    )


class EvidenceMissing(InvalidInput):
    """A mirrored or imported fact names what it rests on."""

    title = Text("缺少依据", "The evidence is missing")
    remedy = Text("请填写依据(文件名、文号或数据来源)。", "Name the document or the source that the fact rests on.")


class DateInFuture(InvalidInput):
    """A recorded fact cannot lie in the future."""

    title = Text("日期晚于今天", "The date lies in the future")
    remedy = Text("请填写不晚于今天的日期。", "Name a date that is today or earlier.")


class EnrolmentNotAllowed(Conflict):
    """The enrolment state does not allow this step."""

    title = Text("当前入驻状态不允许此操作", "The enrolment state does not allow this")
    remedy = Text(
        "现为 {status};可以的顺序:pending → active ⇄ suspended → left。",
        "It is {status}; the steps are pending → active ⇄ suspended → left.",
    )


class FundraiserNotFound(InvalidInput):
    """The cooperating fund-raiser has no record."""

    title = Text("合作募捐方没有记录", "The cooperating fund-raiser is not on record")
    remedy = Text("请先登记合作募捐方,再关联。", "Record the fund-raiser first.")


class FundraiserIsSelf(InvalidInput):
    """An organization cannot be its own cooperating fund-raiser (募用分离)."""

    title = Text("不能以自身为合作募捐方", "An organization cannot be its own fund-raiser")
    remedy = Text(
        "有公开募捐资格的机构无需填写合作募捐方。",
        "A body with its own qualification needs no cooperating fund-raiser.",
    )
