"""How a policy can be missing, or a draft of one be refused."""

from shared.errors import Conflict, Forbidden, InvalidInput, NotFound, Text


class NoPolicyInForce(NotFound):
    """No version of the policy is in force on the legal day."""

    title = Text("当日没有生效的匹配政策", "No matching policy is in force on this day")
    remedy = Text("请由省级业务管理员发布生效日期合适的政策版本。", "Let the province publish a version for that day.")


class PolicyNotFound(NotFound):
    """There is neither a version nor a draft of this id."""

    title = Text("没有这个政策版本或草案", "There is no such version or draft")
    remedy = Text("请检查政策编号。", "Check the id of the policy.")


class PolicyDraftNotFound(NotFound):
    """There is no such draft."""

    title = Text("没有这份政策草案", "There is no such draft")
    remedy = Text(
        "请检查草案编号。",
        "Check the id.",
    )


class PolicyVersionTaken(Conflict):
    """A version of this name is there; versions never change."""

    title = Text("该政策版本号已被使用", "This version name is taken")
    remedy = Text(
        "请换一个版本号:已发布的版本不再修改。",
        "Choose another name: a published version never changes.",
    )


class PolicyPeriodsOverlap(Conflict):
    """Two versions would hold on the same day."""

    title = Text("有效期与其他政策版本重叠", "The period overlaps that of another version")
    remedy = Text(
        "与版本 {other} 重叠,请调整 valid_from 或 last_valid_on。",
        "It overlaps version {other}; change valid_from or last_valid_on.",
    )


class PolicyDraftDecided(Conflict):
    """The draft was approved or returned before."""

    title = Text("该草案已复核", "The draft was decided before")
    remedy = Text(
        "如需修改,请另行起草新版本。",
        "To change it, draft another version.",
    )


class ReviewerIsDrafter(Forbidden):
    """Nobody approves what he drafted (四眼原则)."""

    title = Text("不能复核本人起草的政策", "The reviewer drafted it")
    remedy = Text(
        "请由另一位省级业务管理员复核。",
        "Let another provincial officer review it.",
    )


class PolicyReturnNeedsNote(InvalidInput):
    """A return says what is missing."""

    title = Text("退回政策草案须说明理由", "A return needs a note")
    remedy = Text(
        "请在 note 中写明修改要求。",
        "Say in note what must be mended.",
    )


class PolicyBeginsTooEarly(InvalidInput):
    """What was matched until today stays explained by the version of its day."""

    title = Text("政策最早次日生效", "A version begins tomorrow at the earliest")
    remedy = Text(
        "请把 valid_from 改为今天以后的日期。",
        "Set valid_from to a day after today.",
    )


class PolicyPeriodReversed(InvalidInput):
    """The period ends before it begins."""

    title = Text("政策终止日早于生效日", "The version ends before it begins")
    remedy = Text(
        "请更正 last_valid_on,或留空直至下一版本。",
        "Mend last_valid_on, or leave it empty until the next version.",
    )


class PolicyPartMissing(InvalidInput):
    """Every part has a number, be it 0."""

    title = Text("缺少评分项", "A part is missing")
    remedy = Text(
        "请给出 {part} 的数值;不用该项时填 0。",
        "Give the number of {part}; 0 where it shall not count.",
    )


class PolicyValueOutOfRange(InvalidInput):
    """A number lies outside its range."""

    title = Text("数值超出范围", "A number is out of its range")
    remedy = Text(
        "请填 0 至 {most} 之间的数。",
        "Give a number from 0 to {most}.",
    )


class PolicyWeightsUnbalanced(InvalidInput):
    """Weights are shares of a whole."""

    title = Text("权重之和不正确", "The weights do not add up")
    remedy = Text(
        "各项之和应为 {whole},请调整。",
        "They must add up to {whole}.",
    )


class PolicyTiltTooHigh(InvalidInput):
    """Tilt orders near-equals and never lifts a poor fit over a good one."""

    title = Text("倾斜上限之和过高", "The tilt is too high")
    remedy = Text(
        "倾斜与通道各项上限之和不得超过 {most}。",
        "The caps of tilt and channels together are at most {most}.",
    )


class PolicyCodeUnknown(InvalidInput):
    """A code stands in no code list."""

    title = Text("政策中有未知代码", "The policy names an unknown code")
    remedy = Text(
        "可用的代码:{known}",
        "Known codes are {known}",
    )


class PolicyEffectForbidden(InvalidInput):
    """A version cannot weaken a gate that law, or the word of a side, demands."""

    title = Text("门槛不得如此设置", "The gate may not be set so")
    remedy = Text(
        "{code} 只能设为 {permitted}:{why_zh}。",
        "{code} may only be {permitted}: {why_en}.",
    )


class PolicyGateUntold(InvalidInput):
    """People are told why a pair is stopped, what lifts it and where the rule comes from."""

    title = Text("门槛缺少说明", "A gate is not explained")
    remedy = Text(
        "请为 {code} 填写中英文的 message、remedy 和 citation。",
        "Give message, remedy and citation of {code} in Chinese and English.",
    )


class PolicyCitationMissing(InvalidInput):
    """Every rule names the document that it comes from."""

    title = Text("规则缺少依据", "A rule has no citation")
    remedy = Text(
        "请在 citations 中写明 {rule} 的依据:文件与条款,或“项目约定”及理由。",
        "Say in citations where {rule} comes from: document and article, or a choice and its reason.",
    )


class PolicyTextUnusable(InvalidInput):
    """A text holds a control character."""

    title = Text("政策文本含有控制字符", "A text holds a control character")
    remedy = Text(
        "请删除控制字符和换行。",
        "Remove control characters and line breaks.",
    )
