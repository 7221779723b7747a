"""The mirrored organizations."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.projects.db import Base
from services.projects.organizations.errors import OrganizationNotActive
from shared.contracts.codes import CreditStatus, EnrolmentStatus, OrganizationType, RegistrationStatus
from shared.feed.read_models import Mirrored


class Organization(Base, Mirrored):
    """An organization as registry last announced it; ``folded_name`` has no spaces, case and width of characters."""

    __tablename__ = "organizations"
    __table_args__ = (
        Index("ix_organizations_record_division", "record_division", postgresql_ops={
            "record_division": "text_pattern_ops"
        }),
    )  # fmt: skip

    name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(index=True)
    credit_code: Mapped[str | None] = mapped_column(index=True)
    type: Mapped[OrganizationType]
    record_division: Mapped[str]
    registration_status: Mapped[RegistrationStatus]
    enrolment_status: Mapped[EnrolmentStatus]
    credit_status: Mapped[CreditStatus | None]

    @property
    def may_be_committed(self) -> bool:
        """Tell whether it may take on more: enrolled, registered, and on no list of the seriously illegal."""
        return (
            self.enrolment_status is EnrolmentStatus.ACTIVE
            and self.registration_status is RegistrationStatus.NORMAL
            and self.credit_status is not CreditStatus.SERIOUSLY_ILLEGAL
        )

    def check_active(self) -> None:
        """
        Refuse an organization that is not enrolled now (入驻).

        :raises OrganizationNotActive: while it is pending, suspended or gone
        """
        if self.enrolment_status is not EnrolmentStatus.ACTIVE:
            raise OrganizationNotActive(pointer="/organization_id")
