"""What a caller says to begin a simulation."""

from uuid import UUID

from pydantic import Field

from shared.schemas import Command


class SimulationCreate(Command):
    """With which version the policy is compared."""

    against: UUID | None = Field(
        default=None, description="The version or draft that stands for `before`; absent = the version in force today"
    )
