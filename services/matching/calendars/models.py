"""The address under which a calendar program reads the deadlines of an inbox."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from services.matching.db import Base
from services.matching.inbox.models import Owned
from shared import clock
from shared.db import Identified


class DeadlineCalendar(Owned, Base, Identified):
    """A calendar (期限日历) of one owner; its address holds a token, stored as a keyed hash; deleted = revoked."""

    __tablename__ = "deadline_calendars"

    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
