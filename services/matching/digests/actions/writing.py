"""The words of a digest, in Chinese and English: counts, what is due first, how to end it, and nothing of a person."""

from collections.abc import Sequence
from datetime import date

from services.matching.inbox.models import TASKS, OpenQuestion, Question
from services.matching.inbox.schemas import InboxCounts
from services.matching.remote.notifier import name_in_line


def write_digest(
    counts: InboxCounts, first: Sequence[OpenQuestion], *, inbox_url: str, unsubscribe: str
) -> tuple[str, str]:
    """Return the subject and the text of a digest; ``first`` are the questions that are due first."""
    kinds = [(TASKS[one].label, getattr(counts, one.value)) for one in Question if getattr(counts, one.value)]
    more = counts.total - len(first)
    zh = [
        f"您好!贵单位在乡桥平台有 {counts.total} 项待办,其中 {counts.expiring} 项即将到期:",
        *(f"  {label.zh} {number} 项" for label, number in kinds),
        "",
        *(_line_zh(one) for one in first),
        *([f"  ……另有 {more} 项"] if more else []),
        "",
        f"请登录贵单位使用的系统办理;接口:{inbox_url}/matching/v1/inbox",
        f"不再接收此类邮件,请打开:{unsubscribe}",
    ]
    en = [
        f"{counts.total} questions wait for you on Xiangqiao, {counts.expiring} of them are expiring:",
        *(f"  {number} {label.en}" for label, number in kinds),
        "",
        *(_line_en(one) for one in first),
        *([f"  … and {more} more"] if more else []),
        "",
        "Answer them in the system that you use.",
        f"To receive this no more, open: {unsubscribe}",
    ]
    subject = f"【乡桥】待办 {counts.total} 项" + (f",{counts.expiring} 项即将到期" if counts.expiring else "")
    return f"{subject} · {counts.total} open questions", _join(zh, en)


def write_question(*, confirm: str, unsubscribe: str) -> tuple[str, str]:
    """Return the subject and the text that ask a receiver whether it wants digests."""
    zh = [
        "您好!有单位将此邮箱设为乡桥平台待办摘要的接收邮箱。",
        f"同意接收,请打开:{confirm}",
        "不打开即不接收。",
        f"不希望再被询问,请打开:{unsubscribe}",
    ]
    en = [
        "This address was named to receive digests of open questions on Xiangqiao.",
        f"If you want them, open: {confirm}",
        "Otherwise do nothing, and none will come.",
        f"Not to be asked again, open: {unsubscribe}",
    ]
    return "【乡桥】请确认是否接收待办摘要 · Do you want digests of open questions?", _join(zh, en)


def _line_zh(one: OpenQuestion) -> str:
    until = f",最后一日 {one.until.month} 月 {one.until.day} 日" if one.until else ""
    return f"  {TASKS[one.question].label.zh}{until}:{_pair(one)}"


def _line_en(one: OpenQuestion) -> str:
    until: date | None = one.until
    return f"  {TASKS[one.question].label.en}{f', until {until.isoformat()}' if until else ''}: {_pair(one)}"


def _pair(one: OpenQuestion) -> str:
    pairing = one.pairing
    named = (pairing.demand_title, pairing.supply_title, pairing.organization_name)
    demand, supply, organization = map(name_in_line, named)
    return f"{demand} ↔ {supply} ({organization})"


def _join(zh: Sequence[str], en: Sequence[str]) -> str:
    return "\n".join([*zh, "", "—" * 12, "", *en, ""])
