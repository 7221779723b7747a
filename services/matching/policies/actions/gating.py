"""What a policy may make of each gate: what law or the word of a side demands is never weakened by a version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from services.matching.policies.errors import PolicyEffectForbidden, PolicyGateUntold, PolicyPartMissing
from services.matching.scoring.policy import Policy
from services.matching.scoring.reasons import Effect, GateCode
from shared.errors import Text


@dataclass(frozen=True)
class Permission:
    """The effects that a version may choose for a gate, and why no others."""

    effects: tuple[Effect, ...]
    why: Text


_REGISTERED = Permission(
    ("excludes",),
    Text("只有依法登记或备案的组织可以参与", "only organizations registered or filed by law take part"),
)
_BLACKLIST = Permission(
    ("excludes",),
    Text("严重违法失信名单依民政部令第60号管理", "the seriously illegal list is kept under MCA order 60"),
)
_FUNDRAISING = Permission(
    ("excludes",),
    Text("慈善法规定无资格者不得公开募捐", "the Charity Law lets nobody raise publicly without the qualification"),
)
_PURCHASE = Permission(
    ("excludes",),
    Text("政府购买服务规定了承接主体的条件", "the rules of government purchase say who may provide"),
)
_LOCAL_PURCHASE = Permission(
    ("excludes", "off"),
    Text("该条件出自地方办法,可以不设,但采购不能等待放行", "local measures may leave it out, but no purchase waits"),
)
_WORD = Permission(
    ("excludes",),
    Text("区域、数量和日期是双方自己的承诺", "place, number and dates are what the sides themselves offered"),
)
_LISTED = Permission(
    ("excludes", "holds"),
    Text("活动异常名录依民政部令第60号管理,不能不问", "the abnormal list of MCA order 60 cannot be passed over"),
)
_FREE = Permission(("excludes", "holds", "off"), Text("", ""))

PERMITTED: Mapping[GateCode, Permission] = {
    "E_NOT_REGISTERED": _REGISTERED,
    "E_DEREGISTERED": _REGISTERED,
    "E_CREDIT_BLACKLIST": _BLACKLIST,
    "E_REGION": _WORD,
    "E_CAPACITY_FULL": _WORD,
    "E_NO_PUBLIC_FUNDRAISING": _FUNDRAISING,
    "E_PF_INVALID": _FUNDRAISING,
    "E_NOT_LEGAL_PERSON": _PURCHASE,
    "E_PROC_ABNORMAL": _PURCHASE,
    "E_PROC_ANNUAL": _LOCAL_PURCHASE,
    "E_DATES": _WORD,
    "H_ABNORMAL": _LISTED,
    "H_ANNUAL": _FREE,
    "H_CHARTER": _FREE,
    "H_DISCLOSURE": _FREE,
}


def check_gate_rules(policy: Policy) -> None:
    """
    Refuse a policy whose gates are not all there, not all told, or weaker than law permits.

    :raises PolicyPartMissing: if a gate is missing
    :raises PolicyEffectForbidden: if its effect is not one of those permitted
    :raises PolicyGateUntold: if its message, remedy or citation is empty in a language
    """
    for code in get_args(GateCode):
        if code not in policy.gates:
            raise PolicyPartMissing(pointer=f"/document/gates/{code}", part=code)
        rule, permission = policy.gates[code], PERMITTED[code]
        if rule.effect not in permission.effects:
            raise PolicyEffectForbidden(
                pointer=f"/document/gates/{code}/effect",
                code=code,
                permitted=", ".join(permission.effects),
                why_zh=permission.why.zh,
                why_en=permission.why.en,
            )
        for name in ("message", "remedy", "citation"):
            told = getattr(rule, name)
            if not (told.zh.strip() and told.en.strip()):
                raise PolicyGateUntold(pointer=f"/document/gates/{code}/{name}", code=code)
