"""An audit entry as the audit administrator reads it, and what the log can be asked for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from shared.audit.models import Effect, Result
from shared.schemas import Reading


class AuditEntryRead(Reading):
    """An audit entry (审计记录): who did what to which object; it holds no value of the object."""

    id: UUID
    at: datetime
    subject: str = Field(description="Who (主体): the client, `platform` for jobs, `anonymous` without a valid token")
    issuer: str | None = Field(description="Who issued the caller's token (签发方)")
    role: str | None = Field(description="The role in which it was done (角色)")
    acting_for: str | None = Field(description="For whom, where an application acts for somebody (代表)")
    client_address: str | None = Field(description="Source address (来源地址)")
    request_id: str | None = Field(description="The request, as in the logs and in `instance` of a problem")
    action: str = Field(description="The operation of the API, or the job or command (操作)")
    effect: Effect
    object_type: str | None = Field(description="Table of the object; of a refusal the path that was asked for")
    object_id: str | None
    fields: list[str] = Field(
        description="Names of the fields set, changed or read (字段名); with a value, `role=service`, only where a"
        " client is given a power or a token"
    )
    hash_before: str | None = Field(description="Keyed hash of the object's state before")
    hash_after: str | None = Field(description="Keyed hash of the object's state after")
    result: Result
    reason: str | None = Field(description="Why it was refused: the slug of the problem")
    times: int = Field(description="How often: alike refusals within a minute, or rows deleted by a trimming")


class AuditFilter(BaseModel):
    """What the audit log is asked for; all conditions hold together."""

    subject: str | None = Field(default=None, max_length=460)
    acting_for: str | None = Field(default=None, max_length=460, description="What applications did for this one")
    issuer: str | None = Field(default=None, max_length=200)
    role: str | None = Field(default=None, max_length=40)
    object_type: str | None = Field(default=None, max_length=200)
    object_id: str | None = Field(default=None, max_length=200)
    action: str | None = Field(default=None, max_length=100)
    effect: Effect | None = None
    result: Result | None = None
    request_id: str | None = Field(default=None, max_length=64)
    client_address: str | None = Field(default=None, max_length=64)
    since: AwareDatetime | None = Field(default=None, description="At or after this moment")
    until: AwareDatetime | None = Field(default=None, description="Before this moment")

    def conditions(self) -> dict[str, Any]:
        """Return the conditions that are set."""
        return self.model_dump(exclude_none=True)
