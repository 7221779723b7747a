"""Contacts as their owners write and read them."""

from datetime import datetime

from pydantic import ConfigDict, Field, field_validator

from shared.contracts.contacts import Contact
from shared.free_text import refuse_numbers_of_persons


class ContactPut(Contact):
    """Whom the other side reaches, once both are in talks; a contact of the office, not of a villager."""

    model_config = ConfigDict(extra="forbid")

    _refuse_numbers = field_validator("person", "phone")(refuse_numbers_of_persons)


class ContactRead(Contact):
    """A contact as its owner, and matching for a pairing in talks, reads it."""

    set_at: datetime = Field(description="When it was set")
