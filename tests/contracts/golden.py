"""The schemas of every event as they were agreed: ``python -m tests.contracts.golden`` writes them anew."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from shared.contracts import events, matching, projects, registry

MODULES: tuple[ModuleType, ...] = (events, registry, projects, matching)
FOLDER = Path("tests/contracts/golden")


def place(module: ModuleType) -> Path:
    return FOLDER / f"{module.__name__.rpartition('.')[2]}.json"


def read_models(module: ModuleType) -> dict[str, type[BaseModel]]:
    return {
        name: value
        for name, value in sorted(vars(module).items())
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__
    }


def describe(module: ModuleType) -> dict[str, Any]:
    return {name: model.model_json_schema() for name, model in read_models(module).items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for one in MODULES:
        place(one).write_text(json.dumps(describe(one), ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
