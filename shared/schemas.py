"""The ground of every schema: unknown keys are refused on the way in, ORM objects are read on the way out."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.dictionaries import Label
from shared.errors import Text
from shared.validation_texts import rule_broken


class Command(BaseModel):
    """A body that a caller sends."""

    model_config = ConfigDict(extra="forbid")


class Reading(BaseModel):
    """What the platform answers, read from an ORM object."""

    model_config = ConfigDict(from_attributes=True)


@dataclass(frozen=True)
class ShownOnce:
    """
    Marks a field, in ``Annotated``, that is shown in the first answer alone; ``instead`` tells how to get a new value.

    What an Idempotency-Key remembers is stored without it.
    """

    instead: Text


class SecretShown(Reading):
    """An answer with a secret; a repeat of it has this in the secret's place."""

    secret_withheld: Label | None = Field(
        default=None, description="Only in a repeated answer, which holds no secret: how to get a new one"
    )


def _refuse_controls(value: str) -> str:
    if any(ord(character) < 32 and character not in "\n\t" for character in value):
        raise rule_broken("control_character", Text("含有控制字符,请删除。", "Holds control characters; remove them."))
    return value


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_refuse_controls)
]
"""A name or a title: 1 to 100 characters."""
Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), AfterValidator(_refuse_controls)
]
"""A description: 1 to 2,000 characters."""
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(_refuse_controls)]
"""A remark: at most 500 characters."""
DivisionCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{11}$")]
"""An administrative division as 12 digits; missing levels are zeros."""
Distinct = AfterValidator(lambda codes: list(dict.fromkeys(codes)))
"""Drops what a list repeats, in the order in which it came."""
Fen = Annotated[int, "amount in fen (0.01 yuan)"]


def refuse_null(value: Any) -> Any:
    """Refuse to clear, by a merge patch, what cannot be lacking; for ``field_validator(…, mode="before")``."""
    if value is None:
        raise rule_broken("null_not_allowed", Text("不能清空,只能改为其他值。", "It cannot be cleared, only changed."))
    return value
