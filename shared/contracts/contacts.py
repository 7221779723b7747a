"""A contact as its owner keeps it and as matching asks for it: of class ``sides``, never in a feed, log or export."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

Person = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f@]+$")
]
Phone = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9][0-9 ()-]{4,22}[0-9](?:(?:转|-|#)[0-9]{1,6})?$")
]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=120,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}$",
    ),
]


class Contact(BaseModel):
    """Whom the other side reaches, once both are in talks (联系人)."""

    person: Person = Field(description="联系人")
    phone: Phone = Field(description="联系电话")
    email: Email | None = Field(default=None, description="电子邮箱")
