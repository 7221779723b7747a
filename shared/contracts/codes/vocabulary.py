"""Codes that describe what is needed and what is offered in the same words."""

from enum import StrEnum


class FieldCode(StrEnum):
    """Field (领域)."""

    INDUSTRY = "industry"
    AGRITECH = "agritech"
    CULTURE_SPORTS = "culture_sports"
    ENVIRONMENT = "environment"
    HEALTH = "health"
    GOVERNANCE = "governance"
    LIVELIHOOD = "livelihood"
    EDUCATION = "education"


class HelpForm(StrEnum):
    """Form of help (帮扶方式)."""

    FUND = "fund"
    INDUSTRY = "industry"
    EXPERTISE = "expertise"
    TRADE = "trade"
    VOLUNTEER = "volunteer"


class BeneficiaryGroup(StrEnum):
    """Beneficiary group (受益对象)."""

    FARMERS = "farmers"
    VILLAGE_COLLECTIVE = "village_collective"
    VILLAGERS = "villagers"
    LIFTED_HOUSEHOLDS = "lifted_households"
    MONITORED = "monitored"
    SUBSISTENCE_ALLOWANCE = "subsistence_allowance"
    EXTREME_POVERTY = "extreme_poverty"
    ELDERLY = "elderly"
    LEFT_BEHIND_ELDERLY = "left_behind_elderly"
    WOMEN = "women"
    LEFT_BEHIND_WOMEN = "left_behind_women"
    CHILDREN_YOUTH = "children_youth"
    LEFT_BEHIND_CHILDREN = "left_behind_children"
    CHILDREN_IN_DIFFICULTY = "children_in_difficulty"
    ORPHANS = "orphans"
    DISABLED = "disabled"
    RETURNING_YOUTH = "returning_youth"
    GRASSROOTS_ORGANIZATIONS = "grassroots_organizations"
    RELOCATED = "relocated"


class AssistMode(StrEnum):
    """Assist mode (帮扶模式)."""

    RELIEF = "relief"
    DEVELOPMENT = "development"
    BOTH = "both"


class Procurement(StrEnum):
    """Procurement (对接方式)."""

    NONE = "none"
    GOVERNMENT_PURCHASE = "government_purchase"


class ProcurementMethod(StrEnum):
    """Procurement method (购买方式)."""

    OPEN_SELECTION = "open_selection"
    BIDDING = "bidding"
    OPEN_TENDER = "open_tender"
    INVITED_TENDER = "invited_tender"
    COMPETITIVE_NEGOTIATION = "competitive_negotiation"
    SINGLE_SOURCE = "single_source"
