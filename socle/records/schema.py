"""The JSON schema of a record, published beside it; `python -m socle.records.schema` prints it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from socle.records.model import Record

PUBLISHED = Path(__file__).with_name("schema.json")


def schema() -> dict[str, Any]:
    """The schema of one line of a JSON Lines file, from the model itself."""
    generated = Record.model_json_schema(mode="serialization")
    written = [name for name, field in Record.model_fields.items() if field.default is not None]
    return {
        **generated,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Socle record",
        "required": written,  # what has a default is written all the same
    }


def text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
