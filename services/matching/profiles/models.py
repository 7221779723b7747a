"""The mirrored rows: what is searched for stands in columns, the whole snapshot beside it; each tells its facts."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.scoring.facts import (
    WHOLE_COUNTRY,
    AssessmentFacts,
    DemandFacts,
    OrganizationFacts,
    QualificationFacts,
    SupplyFacts,
    make_region_prefix,
)
from shared import clock
from shared.contracts.codes import DemandStatus, QualificationKind, QualificationStatus, SupplyStatus
from shared.contracts.projects import DemandSnapshot, SupplySnapshot
from shared.contracts.registry import DesignationSnapshot, OrganizationSnapshot, QualificationSnapshot
from shared.feed.read_models import Mirrored

OPEN_DEMANDS = frozenset({DemandStatus.PUBLISHED, DemandStatus.PARTLY_COVERED})
LISTED_SUPPLIES = frozenset({SupplyStatus.LISTED, SupplyStatus.FULL})  # a full one is excluded by its gate
_REGION = re.compile(r"\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?")


class ProfileKind(StrEnum):
    """Whose profile has changed."""

    DIVISION = "division"
    ORGANIZATION = "organization"
    DEMAND = "demand"
    SUPPLY = "supply"
    TRACK_RECORD = "track_record"


SOURCES = {
    ProfileKind.DIVISION: "registry",
    ProfileKind.ORGANIZATION: "registry",
    ProfileKind.DEMAND: "projects",
    ProfileKind.SUPPLY: "projects",
    ProfileKind.TRACK_RECORD: "matching",
}
"""Where each kind comes from: the consumer of a feed, whose cursor's row is locked while it writes, or matching."""


class ProfileChange(Base):
    """
    That a profile was written or deleted, for whoever keeps the market in memory.

    ``seq`` follows the order of commits within a source: a feed's consumer writes one page after the other (it holds
    its cursor's row locked until the commit), and matching's own writers wait for a lock. Without ``subject`` all
    profiles of the kind were read anew.
    """

    __tablename__ = "profile_changes"
    __table_args__ = (Index("ix_profile_changes_source", "source", "seq"),)
    not_audited = "derived from the neighbours' feeds"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    source: Mapped[str]
    kind: Mapped[ProfileKind]
    subject: Mapped[UUID | None]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


class DivisionProfile(Base, Mirrored):
    """A division with its successors and designations, mirrored from registry."""

    __tablename__ = "division_profiles"

    code: Mapped[str] = mapped_column(index=True)
    successor_codes: Mapped[list[str]]
    designations: Mapped[list[Any]]

    def designations_on(self, day: date) -> frozenset[str]:
        """Return the codes of the labels that hold on a day; both ends count."""
        known = [DesignationSnapshot.model_validate(one) for one in self.designations]
        return frozenset(
            one.code.value
            for one in known
            if (one.valid_from is None or one.valid_from <= day)
            and (one.last_valid_on is None or one.last_valid_on >= day)
        )


class OrganizationProfile(Base, Mirrored):
    """An organization with its supervision, credit and qualifications, mirrored from registry."""

    __tablename__ = "organization_profiles"

    name: Mapped[str]
    credit_code: Mapped[str | None] = mapped_column(index=True)
    record_division: Mapped[str]
    fundraiser_id: Mapped[UUID | None]
    fundraiser_credit_code: Mapped[str | None]
    data: Mapped[dict[str, Any]]

    def facts(self, day: date, *, fundraiser: "OrganizationProfile | None" = None) -> OrganizationFacts:
        """Return what counts about the organization on a day; ``fundraiser`` is its named partner (募用分离)."""
        known = OrganizationSnapshot.model_validate(self.data)
        return OrganizationFacts(
            organization_id=str(self.id),
            type=known.type.value,
            level=known.level.value,
            registered_division=known.registered_division[:6] if known.registered_division else None,
            registration_status=known.registration_status.value,
            enrolment_status=known.enrolment_status.value,
            credit_status=known.credit_status.value,
            annual_check=known.annual_check.result.value if known.annual_check else None,
            assessment=AssessmentFacts(grade=known.assessment.grade.value, last_valid_on=known.assessment.last_valid_on)
            if known.assessment
            else None,
            public_fundraising=_find_public_fundraising(known.qualifications, day),
            cooperating_fundraiser=fundraiser.facts(day) if fundraiser else None,
            is_legal_person=known.is_legal_person,
        )


class DemandProfile(Base, Mirrored):
    """A demand of the demand library, mirrored from projects in every state."""

    __tablename__ = "demand_profiles"
    __table_args__ = (
        Index("ix_demand_profiles_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
    )

    status: Mapped[DemandStatus] = mapped_column(index=True)
    division: Mapped[str]
    title: Mapped[str]
    data: Mapped[dict[str, Any]]

    @property
    def is_open(self) -> bool:
        """Tell whether the demand takes proposals."""
        return self.status in OPEN_DEMANDS

    def snapshot(self) -> DemandSnapshot:
        """Return the whole state as projects announced it."""
        return DemandSnapshot.model_validate(self.data)

    def facts(
        self, day: date, *, divisions: Mapping[str, DivisionProfile], former_codes: Iterable[str] = ()
    ) -> DemandFacts:
        """Return what counts about the demand on a day; ``divisions`` holds its place and the places above by code."""
        known = self.snapshot()
        above = [divisions[code] for code in list_places_above(known.division) if code in divisions]
        return DemandFacts(
            demand_id=str(self.id),
            title=known.title,
            description=known.description,
            division_code=known.division,
            fields=frozenset(one.value for one in known.fields),
            help_forms=frozenset(one.value for one in known.help_forms),
            groups=frozenset(one.value for one in known.beneficiary_groups),
            assist_mode=known.assist_mode.value,
            former_division_codes=tuple(sorted(former_codes)),
            designations=frozenset(label for place in above for label in place.designations_on(day)),
            level=known.level.value,
            is_resettlement_site=known.is_resettlement_site,
            persons=known.persons,
            monitored_persons=known.monitored_persons,
            budget_fen=known.budget_fen,
            secured_fen=known.secured_fen,
            requires_public_fundraising=known.requires_public_fundraising,
            procurement=known.procurement.value,
            starts_on=known.starts_on,
            ends_on=known.ends_on,
            places=known.places - known.places_taken,
        )


class SupplyProfile(Base, Mirrored):
    """A supply of the supply library, mirrored from projects in every state."""

    __tablename__ = "supply_profiles"

    status: Mapped[SupplyStatus] = mapped_column(index=True)
    organization_id: Mapped[UUID] = mapped_column(index=True)
    title: Mapped[str]
    data: Mapped[dict[str, Any]]

    @property
    def is_listed(self) -> bool:
        """Tell whether the supply is offered; a full one is, and its gate says that nothing is left."""
        return self.status in LISTED_SUPPLIES

    def facts(self) -> SupplyFacts:
        """Return what counts about the supply; a region that no prefix rule can read serves nothing."""
        known = SupplySnapshot.model_validate(self.data)
        regions = [one if one == WHOLE_COUNTRY else make_region_prefix(one) for one in known.service_regions]
        return SupplyFacts(
            supply_id=str(self.id),
            organization_id=str(self.organization_id),
            title=known.title,
            description=known.description,
            fields=frozenset(one.value for one in known.fields),
            help_forms=frozenset(one.value for one in known.help_forms),
            groups=frozenset(one.value for one in known.beneficiary_groups),
            service_regions=tuple(one for one in regions if one == WHOLE_COUNTRY or _REGION.fullmatch(one)),
            capacity_total=known.capacity_total,
            capacity_used=known.capacity_used_elsewhere + known.capacity_used_here,
            assist_mode=known.assist_mode.value,
            budget_fen=known.available_fen,
            plans_public_fundraising=known.plans_public_fundraising,
            starts_on=known.starts_on,
            ends_on=known.ends_on,
            participations_last_3y=known.participation_3y,
        )


def list_places_above(division: str) -> list[str]:
    """Return the 12-digit codes of a place and of every level above it."""
    return sorted({division, *(division[:digits].ljust(12, "0") for digits in (2, 4, 6, 9))})


def _find_public_fundraising(recorded: Iterable[QualificationSnapshot], day: date) -> QualificationFacts | None:
    """Return the record that helps most on the day; what is not verified, or not yet valid, proves nothing."""
    found = []
    for one in recorded:
        if one.kind is not QualificationKind.PUBLIC_FUNDRAISING:
            continue
        if one.status is QualificationStatus.VERIFIED and (one.valid_from is None or one.valid_from <= day):
            found.append(QualificationFacts(held=one.held, last_valid_on=one.last_valid_on))
        elif one.status is QualificationStatus.REVOKED:
            found.append(QualificationFacts(held=True, last_valid_on=one.last_valid_on, revoked=True))
        elif one.status is QualificationStatus.EXPIRED:
            # Expired without a known end: the state speaks, not the missing date.
            found.append(QualificationFacts(held=one.last_valid_on is not None, last_valid_on=one.last_valid_on))
    return min(found, key=lambda one: (not one.is_valid_on(day), one.revoked), default=None)
