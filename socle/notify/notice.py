"""One message: what happened, in words and as data. How it travels is in the modules beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from socle.notify.settings import Event


@dataclass(frozen=True)
class Notice:
    """A message. `id`: the same for each attempt, by which a receiver knows a repetition."""

    event: Event
    id: str
    at: datetime
    subject: str
    lines: tuple[str, ...]
    data: Mapping[str, Any]

    def body(self) -> bytes:
        """As webhooks carry it: type, timestamp and data, as Standard Webhooks recommend."""
        said = {"type": f"socle.{self.event}", "timestamp": self.at.isoformat(), "data": self.data}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()

    def text(self) -> str:
        """As mails carry it."""
        return "\n".join(self.lines) + "\n"
