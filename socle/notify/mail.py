"""A message by mail: SMTP with STARTTLS, or not at all."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from socle.notify.delivery import DeliveryError, Limits
from socle.notify.notice import Notice
from socle.notify.settings import Mail

_PERMANENT = 500


def send(
    mail: Mail, login: tuple[str, str] | None, context: ssl.SSLContext, notice: Notice, limits: Limits
) -> None:
    """One attempt: all recipients, or a DeliveryError."""
    try:
        with smtplib.SMTP(mail.host, mail.port, timeout=limits.step) as server:
            server.starttls(context=context)
            if login:
                server.login(*login)
            refused = server.send_message(message(mail, notice))
    except smtplib.SMTPNotSupportedError as error:
        what = "no STARTTLS" if "STARTTLS" in str(error) else "no login over TLS"
        raise DeliveryError(f"the server offers {what}", again=False) from None
    except smtplib.SMTPServerDisconnected:
        raise DeliveryError("it ended the connection, or does not answer in time", again=True) from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise DeliveryError("no recipient is accepted", again=min(codes) < _PERMANENT) from None
    except smtplib.SMTPResponseException as error:
        # The server's words may repeat what we sent: its code is enough.
        again = error.smtp_code < _PERMANENT
        raise DeliveryError(f"{type(error).__name__} {error.smtp_code}", again=again) from None
    if refused:
        raise DeliveryError(f"not accepted for {', '.join(sorted(refused))}", again=False)


def message(mail: Mail, notice: Notice) -> EmailMessage:
    """The mail itself; the same Message-ID for each attempt, so that a repetition is known."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(addr_spec=mail.sender)
    made["To"] = [Address(addr_spec=one) for one in mail.to]
    made["Subject"] = notice.subject
    made["Date"] = format_datetime(notice.at)
    made["Message-ID"] = f"<{notice.id}@{mail.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notes in answer
    made.set_content(notice.text())
    return made
