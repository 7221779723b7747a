"""The code lists (字典) with their labels, aliases and parents, read once from ``dictionaries.json``."""

import json
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field


class Label(BaseModel):
    """A text in the two languages of the platform."""

    model_config = ConfigDict(populate_by_name=True)

    zh: str = Field(alias="zh-CN")
    en: str


class DictionaryItem(BaseModel):
    """One code of a dictionary; ``parent`` names the wider code that contains it."""

    model_config = ConfigDict(populate_by_name=True)

    code: str
    zh: str = Field(alias="zh-CN")
    en: str
    aliases: list[str] = []
    parent: str | None = None
    difficulty: bool = Field(default=False, description="困难群众: a group of people in difficulty")
    source: str | None = Field(default=None, description="The document the label is quoted from")
    valid_from: str | None = None
    last_valid_on: str | None = None


class Dictionary(BaseModel):
    """A named code list."""

    title: Label
    items: list[DictionaryItem]


@cache
def dictionaries() -> dict[str, Dictionary]:
    """Return every dictionary by name, as published under ``/dictionaries/{name}``."""
    text = files("shared.contracts").joinpath("dictionaries.json").read_text(encoding="utf-8")
    return {name: Dictionary.model_validate(value) for name, value in json.loads(text).items()}


@cache
def codes_by_label(name: str) -> dict[str, str]:
    """Return the code of every Chinese label of a dictionary, without aliases."""
    return {item.zh: item.code for item in dictionaries()[name].items}


@cache
def codes_by_alias(name: str) -> dict[str, str]:
    """Return the code of every known alias (not the canonical label) of a dictionary."""
    return {alias: item.code for item in dictionaries()[name].items for alias in item.aliases}


@cache
def labels(name: str, language: str = "zh-CN") -> dict[str, str]:
    """Return the label of every code of a dictionary in ``zh-CN`` or ``en``."""
    return {item.code: item.en if language == "en" else item.zh for item in dictionaries()[name].items}
