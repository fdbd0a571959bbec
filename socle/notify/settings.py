"""Who is told what: the `notify` table of a YAML file. Secrets, which it only names, are read in keys.py."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from infra.facts import FactError, read, validate
from socle.errors import UserError

_ADDRESS = r"^[^\s@<>\",;:\\]+@[A-Za-z0-9.-]+$"
_HOST = r"^[A-Za-z0-9][A-Za-z0-9.-]*$"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Event(StrEnum):
    """What may be told."""

    FINDINGS = "findings"
    UNPROVEN = "unproven"
    CHAIN = "chain"
    FAILED = "failed"
    CLEAR = "clear"
    TEST = "test"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Webhook(_Table):
    """A receiver of signed JSON over HTTPS. `secret_file`: what signs; `ca_file`: whom to trust instead."""

    url: str
    secret_file: str = Field(min_length=1)
    ca_file: str = ""

    @field_validator("url")
    @classmethod
    def _https(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname:
            raise ValueError("a webhook is an https address; write https://host/path")
        if parts.username or parts.password:
            raise ValueError("no user and no password in an address; the signature says who sends")
        return value

    def __str__(self) -> str:
        """For messages: the path of some receivers' addresses is a secret."""
        return f"webhook {urlsplit(self.url).hostname}"


class Mail(_Table):
    """A mail server that speaks STARTTLS, and who gets the mail. `credentials_file`: user, then password."""

    host: str = Field(pattern=_HOST)
    port: int = Field(587, ge=1, le=65535)
    sender: str = Field(pattern=_ADDRESS)
    to: tuple[str, ...] = Field(min_length=1)
    credentials_file: str = ""
    ca_file: str = ""

    @field_validator("to")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not re.match(_ADDRESS, one):
                raise ValueError(f"{one!r} is no mail address; write name@host")
        return value

    def __str__(self) -> str:
        """For messages."""
        return f"mail by {self.host}"


class Settings(_Table):
    """The table. `clear`: when a night without a finding is told of."""

    tell: tuple[Literal["findings", "unproven", "chain", "failed"], ...] = (
        "findings",
        "unproven",
        "chain",
        "failed",
    )
    clear: Literal[
        "never", "nightly", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
    ] = "never"
    lang: Literal["en", "fr"] = "en"
    webhooks: tuple[Webhook, ...] = ()
    mails: tuple[Mail, ...] = ()

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.webhooks and not self.mails:
            raise ValueError("nobody is told; add an entry under webhooks or mails")
        return self

    def wants(self, event: Event, now: datetime) -> bool:
        """Whether this is told at all. `now`: UTC, for the day of `clear`."""
        if event is Event.CLEAR:
            return self.clear in ("nightly", _DAYS[now.weekday()])
        return event is Event.TEST or event.value in self.tell


def load(file: Path) -> Settings:
    """The table of a file. UserError, with the line, for what is wrong in it."""
    try:
        document = read(file, str(file))
        table = document.data.get("notify") if isinstance(document.data, dict) else None
        if table is None:
            raise document.error((), "'notify' is missing; write a table of that name, see docs/en/drift.md")
        return validate(Settings, document, ("notify",), table)
    except FactError as error:
        raise UserError(str(error)) from None
