"""Codes that cross a boundary between services; their labels are data in ``dictionaries.json``."""

from shared.contracts.codes.access import GrantScope, Role
from shared.contracts.codes.demands import DemandCloseReason, DemandLevel, DemandStatus, IntakeSource, SurveyStage
from shared.contracts.codes.divisions import Designation
from shared.contracts.codes.organizations import (
    AnnualCheckResult,
    AssessmentGrade,
    CreditStatus,
    EnrolmentStatus,
    OrganizationLevel,
    OrganizationType,
    PartyCoverageMode,
    QualificationKind,
    QualificationStatus,
    RegistrationStatus,
)
from shared.contracts.codes.pairings import (
    Answer,
    DeclineReason,
    FallThroughReason,
    PairingOrigin,
    PairingPhase,
    PairingStatus,
)
from shared.contracts.codes.supplies import (
    CommitmentStatus,
    ResourceType,
    SupplyChannel,
    SupplyCloseReason,
    SupplyStatus,
)
from shared.contracts.codes.vocabulary import (
    AssistMode,
    BeneficiaryGroup,
    FieldCode,
    HelpForm,
    Procurement,
    ProcurementMethod,
)

__all__ = [
    "AnnualCheckResult",
    "Answer",
    "AssessmentGrade",
    "AssistMode",
    "BeneficiaryGroup",
    "CommitmentStatus",
    "CreditStatus",
    "DeclineReason",
    "DemandCloseReason",
    "DemandLevel",
    "DemandStatus",
    "Designation",
    "EnrolmentStatus",
    "FallThroughReason",
    "FieldCode",
    "GrantScope",
    "HelpForm",
    "IntakeSource",
    "OrganizationLevel",
    "OrganizationType",
    "PairingOrigin",
    "PairingPhase",
    "PairingStatus",
    "PartyCoverageMode",
    "Procurement",
    "ProcurementMethod",
    "QualificationKind",
    "QualificationStatus",
    "RegistrationStatus",
    "ResourceType",
    "Role",
    "SupplyChannel",
    "SupplyCloseReason",
    "SupplyStatus",
    "SurveyStage",
]
