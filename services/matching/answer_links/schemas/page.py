"""The page that an answer link leads to: a browser without scripts is enough."""

from collections.abc import Iterator

from services.matching.answer_links.schemas.links import AnsweredByLink, AskedByLink
from services.matching.pages import ask, choose, fill_in, render_page, say
from shared.contracts.codes import Answer, DeclineReason
from shared.contracts.dictionaries import labels
from shared.errors import DomainError, Text

CODE_PATTERN = "^[0-9]{6}$"
CHOICE_PATTERN = f"^(interested|agreed|declined ({'|'.join(DeclineReason)}))$"
"""What the page's one field of answers says: an answer, and the reason of a decline behind it."""
TITLE = Text("请答复一项对接", "A pairing waits for your answer")
CODE_SENT = Text(
    "如本单位已登记联系邮箱,验证码已发往该邮箱,10 分钟内有效。未收到的,请联系发给您链接的部门。",
    "If an e-mail address is registered for your side, a code is on its way there, good for ten minutes. If none comes,"
    " ask the office that sent you the link.",
)
WORDS = {
    Answer.INTERESTED: Text("有意向,愿意洽谈", "Interested: let us talk"),
    Answer.AGREED: Text("同意对接", "Agreed"),
    Answer.DECLINED: Text("谢绝", "Declined"),
}


def draw_asked(asked: AskedByLink, *, page: str, code_sent: bool = False) -> str:
    """Return the page of what a link asks; ``page`` is its path."""
    facts = [
        say(Text(f"需求:{asked.demand_title}", f"Demand in {asked.demand_division}")),
        say(Text(f"供给:{asked.supply_title}({asked.organization_name})", "Supply, and whose it is")),
        say(Text(asked.explanation.zh, asked.explanation.en)),
    ]
    if not asked.answers:
        return render_page(
            TITLE, *facts, say(Text("该事项已办理,无需答复。", "This is settled: nothing is to be done."))
        )
    if asked.until:
        facts.append(say(Text(f"最后一日:{asked.until.isoformat()}", "The last day to answer")))
    send = ask(Text("获取验证码", "Send a code"), action=f"{page}/code")
    answer = ask(
        Text("提交答复", "Answer"),
        choose("choice", Text("答复", "Your answer"), _list_choices(asked)),
        fill_in("code", Text("验证码", "Code"), pattern=CODE_PATTERN),
        action=page,
    )
    told = [say(CODE_SENT)] if code_sent else []
    return render_page(TITLE, *facts, *told, send, answer)


def draw_answered(answered: AnsweredByLink) -> str:
    """Return the page that thanks for an answer."""
    word = WORDS[answered.answer]
    return render_page(Text("已答复", "Thank you"), say(Text(f"您的答复:{word.zh}", f"Your answer: {word.en}")))


def draw_refused(error: DomainError) -> str:
    """Return the page of a refusal."""
    title, remedy = (Text(error.text(one, "zh"), error.text(one, "en")) for one in ("title", "remedy"))
    return render_page(title, say(remedy))


def _list_choices(asked: AskedByLink) -> Iterator[tuple[str, Text]]:
    zh, en = labels("decline_reason"), labels("decline_reason", "en")
    for answer in asked.answers:
        word = WORDS[answer]
        if answer is not Answer.DECLINED:
            yield answer.value, word
            continue
        for reason in DeclineReason:
            yield f"{answer} {reason}", Text(f"{word.zh}:{zh[reason]}", f"{word.en}: {en[reason]}")
