"""Delivers a message to everybody that a file of settings names. A failure is a line, never an exception."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from socle.notify import keys, mail, settings, webhook
from socle.notify.delivery import Limits, deliver, trusting
from socle.notify.notice import Notice

Way = Callable[[Notice, Limits], None]


@dataclass(frozen=True)
class Messenger:
    """Ready to send: every secret was read, and every file of authorities."""

    table: settings.Settings
    ways: tuple[tuple[str, Way], ...]
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of(cls, file: Path) -> Messenger:
        """From a file of settings. UserError for what is wrong in it or in what it names."""
        table = settings.load(file)
        ways = [(str(one), _by_webhook(file, one)) for one in table.webhooks]
        ways += [(str(one), _by_mail(file, one)) for one in table.mails]
        return cls(table, tuple(ways))

    def tell(self, notice: Notice) -> list[str]:
        """Send it to all, if it is wanted; one line on stderr for each, and those of failures returned."""
        failures: list[str] = []
        if not self.table.wants(notice.event, datetime.now(UTC)):
            return failures
        for name, way in self.ways:
            why = deliver(lambda way=way: way(notice, self.limits), self.limits)  # type: ignore[misc]
            line = f"{name}: {notice.event} " + (f"was not delivered: {why}" if why else "delivered")
            print(f"socle: {' '.join(line.split())}", file=sys.stderr)
            failures += [line] if why else []
        return failures


def _by_webhook(file: Path, one: settings.Webhook) -> Way:
    secret = keys.signing_secret(keys.beside(file, one.secret_file))
    context = trusting(keys.beside(file, one.ca_file) if one.ca_file else None)
    return lambda notice, limits: webhook.post(one.url, secret, context, notice, limits)


def _by_mail(file: Path, one: settings.Mail) -> Way:
    login = keys.login(keys.beside(file, one.credentials_file)) if one.credentials_file else None
    context = trusting(keys.beside(file, one.ca_file) if one.ca_file else None)
    return lambda notice, limits: mail.send(one, login, context, notice, limits)
