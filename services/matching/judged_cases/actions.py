"""Export what the sides answered as judged cases: order where they judged the fit, data issues where the facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.matching.judged_cases.models import POOR, TRUE_MATCH, USABLE, Answered
from services.matching.judged_cases.repository import JudgedCaseRepository
from services.matching.judged_cases.schemas import DataIssue, JudgedCase, JudgedCaseFilter, JudgedCasesRead
from services.matching.policies.actions import read_gates
from services.matching.records.reading import read_demand, read_organization, read_supply
from services.matching.scoring.gates import check_gates
from services.matching.scoring.reasons import Gates
from shared.auth.principals import Principal
from shared.clock import LEGAL_ZONE
from shared.db import Session
from shared.paging import PageRequest

GRADES = {
    "3": "双方同意 both sides agreed, and neither was badly served",
    "2": "有意向 a side wants it, or both agreed and one was badly served (1 or 2 stars)",
    "1": "因需求或资金不对口谢绝 declined: the need or the money does not fit",
    "0": "不适用 never given by answers",
}
TRUTH = [
    "事实类原因(地点、余力、时间、已有帮扶等)列于 data_issues,不用于排序"
    " · Reasons about recorded facts stand in data_issues and give no order.",
    "记录为提出对接之日所用 · Records are those on which the pairing was judged when it was proposed.",
    "仅含有答复的对接,自由文字不导出 · Only answered pairings; nobody's own words are exported.",
]


@dataclass(frozen=True)
class _Judged:
    excluded: dict[str, list[str]]
    held: dict[str, list[str]]


async def export_judged_cases(
    session: Session, *, wanted: JudgedCaseFilter, page: PageRequest, by: Principal, today: date
) -> JudgedCasesRead:
    """
    Return a page of demands with every pairing that was answered, as one file of the judged-case format.

    What is excluded or held follows from the gates of the policy in force today.
    """
    gates = await read_gates(session, today=today)
    repository = JudgedCaseRepository(session)
    demands = await repository.list_demands(wanted, visible_to=by, page=page)
    answered = await repository.list_answered(wanted, demands.items, visible_to=by)
    cases = [_make_case(answers, gates) for answers in answered.values() if any(one.grade for one in answers)]
    everything = [one for answers in answered.values() for one in answers]
    silent = sum(one.grade is None and not one.disputes_facts for one in everything)
    return JudgedCasesRead(
        meta={
            "as_of": max((case.as_of for case in cases), default=today).isoformat(),
            "language": "zh-CN",
            "made_by": "乡桥 xiangqiao: answers of the sides",
            "grades": GRADES,
            "truth_policy": TRUTH,
            "answers": len(everything),
            "answers_without_judgement": silent,
        },
        organisations=_list_organizations(everything),
        cases=cases,
        data_issues=[_describe_issue(one) for one in everything if one.disputes_facts],
        next_cursor=demands.next_cursor,
        total=demands.total,
    )


def _make_case(answers: Sequence[Answered], gates: Gates) -> JudgedCase:
    """Make a case of a demand; of several pairings with one supply the last that judged the fit counts."""
    judged = {one.supply_id: one for one in answers if one.grade}
    pool = [judged[supply_id] for supply_id in sorted(judged)]
    last = max(pool, key=lambda one: one.proposed_at)
    day, demand = _legal_day(last), last.judged_on["demand"]
    return JudgedCase(
        id=str(last.demand_id),
        as_of=day,
        basis="双方答复 answers of the sides",
        real_parts="全部 all",
        made_up_parts="无 none",
        notes="",
        demand=demand,
        pool=[_describe_entry(one) for one in pool],
        expect=_expect(pool, _judge_gates(demand, pool, day, gates)),
    )


def _expect(pool: Sequence[Answered], gates: _Judged) -> dict[str, Any]:
    """Return the order that follows from the grades, of what the gates let be ranked at all."""
    ranked: dict[int | None, list[str]] = {grade: [] for grade in (TRUE_MATCH, USABLE, POOR)}
    for one in pool:
        if (name := str(one.supply_id)) not in gates.excluded:
            ranked[one.grade].append(name)
    true, usable = ([one for one in ranked[grade] if one not in gates.held] for grade in (TRUE_MATCH, USABLE))
    return {
        "true_matches": true,
        "must_exclude": [{"id": one, "rules": rules, "reason": ""} for one, rules in gates.excluded.items()],
        "hold_not_auto_push": [{"id": one, "rules": rules, "reason": ""} for one, rules in gates.held.items()],
        "above": [
            {"above": one, "below": other, "why": "有意向优于谢绝 wanted before declined"}
            for one in usable
            for other in ranked[POOR]
        ],
        "derived_above_grade3_over_le1": [[one, other] for one in true for other in ranked[POOR]],
    }


def _judge_gates(demand: dict[str, Any], pool: Sequence[Answered], day: date, gates: Gates) -> _Judged:
    """Ask the gates on the day of the case: what was eligible at an earlier proposal may have expired since."""
    organizations, judged = _list_organizations(pool), _Judged({}, {})
    for one in pool:
        found = check_gates(
            read_demand(str(one.demand_id), demand),
            read_supply(one.judged_on["supply"]),
            read_organization(_describe_organization(one), organizations),
            as_of=day,
            gates=gates,
        )
        for told, reasons in ((judged.excluded, found.excluded), (judged.held, found.held)):
            if reasons:
                told[str(one.supply_id)] = [reason.code for reason in reasons]
    return judged


def _list_organizations(answers: Sequence[Answered]) -> dict[str, Any]:
    """Return the newest record of every organization, and of every partner that of each pairing by its own key."""
    ordered = sorted(answers, key=lambda one: one.proposed_at)
    own = {one.judged_on["org"]["id"]: _describe_organization(one) for one in ordered}
    return own | {_key_partner(one): one.judged_on["partner"] for one in ordered if "partner" in one.judged_on}


def _describe_organization(one: Answered) -> dict[str, Any]:
    """Return an organization's record, whose partner is the one of that day: later its qualification may have ended."""
    record = dict(one.judged_on["org"])
    return record | {"cooperating_fundraiser": _key_partner(one)} if "partner" in one.judged_on else record


def _key_partner(one: Answered) -> str:
    return f"{one.judged_on['partner']['id']}@{one.pairing_id}"


def _describe_entry(one: Answered) -> dict[str, Any]:
    told = one.tell()
    reason = ", ".join(f"{name} {value}" for name, value in told.items() if value)
    records = {"supply": one.judged_on["supply"], "org": _describe_organization(one)}
    return {**records, "grade": one.grade, "reason": reason, "answers": told, "proposed_on": _legal_day(one)}


def _describe_issue(one: Answered) -> DataIssue:
    return DataIssue(
        pairing_id=one.pairing_id,
        demand_id=one.demand_id,
        supply_id=one.supply_id,
        organization_id=one.organization_id,
        side=one.ended_by,
        reason=one.reason or "",
        proposed_on=_legal_day(one),
    )


def _legal_day(one: Answered) -> date:
    return one.proposed_at.astimezone(LEGAL_ZONE).date()
