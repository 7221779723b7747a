"""Explained pairs and consortia as callers see them."""

from uuid import UUID

from pydantic import Field

from services.matching.candidates.schemas.candidates import CandidateRead
from services.matching.scoring.consortium import Need
from shared.contracts.dictionaries import Label, labels
from shared.schemas import Reading


class ChangeRead(Reading):
    """What must be otherwise for one reason to fall away; all changes together make the pair eligible."""

    code: str
    needed: dict[str, str | int | bool] = Field(description="Facts of the supply or its organization, as needed")
    otherwise: str | None = Field(default=None, description="`officer_release` or `cooperating_fundraiser` does too")
    remedy: Label


class FundraiserRead(Reading):
    """A qualified fund-raiser (募方), registered, on neither list and qualified today; the best comes first."""

    organization_id: UUID
    organization_name: str
    common_fields: list[str] = Field(description="Fields of the demand in which it has supplies for the place itself")
    same_place: str | None = Field(default=None, description="county, prefecture or province of the demand")
    assessment_grade: str | None = None


class FundraiserList(Reading):
    """Fitting qualified fund-raisers, at most twenty."""

    items: list[FundraiserRead]


class ExplainedCandidate(CandidateRead):
    """Any pair with its explanation and what would have to change for it to become eligible."""

    demand_is_open: bool = Field(description="False: the demand takes no proposals now, whatever the reasons say")
    supply_is_listed: bool = Field(description="False: the supply is not offered now, whatever the reasons say")
    changes: list[ChangeRead]
    fundraisers: list[FundraiserRead] = Field(description="Only where public fund-raising stands in the way")


class NeedRead(Reading):
    """A form of help or a field that the demand needs."""

    kind: str = Field(description="help_form or field")
    code: str
    label: Label


class MemberRead(CandidateRead):
    """A member of a consortium with the needs it covers."""

    covers: list[NeedRead]


class ConsortiumRead(Reading):
    """A consortium (多对一): who covers what, and what stays open."""

    policy_version: str
    places: int = Field(description="Open places of the demand; more members than places cannot all be confirmed")
    members: list[MemberRead]
    still_open: list[NeedRead]
    explanation: Label


def show_need(need: Need) -> NeedRead:
    """Return a need with its label."""
    kind, code = need
    return NeedRead(kind=kind, code=code, label=_label({"zh-CN": _name(need, "zh-CN"), "en": _name(need, "en")}))


def tell_consortium(members: list[tuple[str, list[Need]]], still_open: list[Need]) -> Label:
    """Tell in both languages who covers what and what stays open."""
    zh = [f"{name}:{_names(needs, 'zh-CN')}。" for name, needs in members]
    en = [f"{name}: {_names(needs, 'en')}." for name, needs in members]
    if still_open:
        zh.append(f"尚无人承担:{_names(still_open, 'zh-CN')}。")
        en.append(f"Still open: {_names(still_open, 'en')}.")
    else:
        zh.append("各项需求均有人承担。")
        en.append("Every need is covered.")
    return _label({"zh-CN": "".join(zh), "en": " ".join(en)})


def _names(needs: list[Need], language: str) -> str:
    return ("、" if language == "zh-CN" else ", ").join(_name(need, language) for need in needs)


def _name(need: Need, language: str) -> str:
    kind, code = need
    return labels(kind, language)[code]


def _label(texts: dict[str, str]) -> Label:
    return Label.model_validate(texts)
