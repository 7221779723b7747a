"""Versions of the matching policy as rows that never change."""

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.scoring.policy import Policy, parse_policy
from shared import clock
from shared.db import Identified


class PolicyVersion(Base, Identified):
    """One version: from when it holds, and the whole document with its citations."""

    __tablename__ = "policy_versions"

    version: Mapped[str] = mapped_column(unique=True)
    valid_from: Mapped[date]
    last_valid_on: Mapped[date | None]
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    def read(self) -> Policy:
        """Return the policy as the scorer takes it."""
        return parse_policy(json.dumps(self.document))
