"""A message by HTTPS POST, signed as Standard Webhooks say: HMAC-SHA256 of id, time and body.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ssl
import time
from http import HTTPStatus
from urllib.parse import urlsplit

from socle import __version__
from socle.notify.delivery import DeliveryError, Limits
from socle.notify.notice import Notice


def signature(secret: bytes, number: str, seconds: int, body: bytes) -> str:
    """The value of the header `webhook-signature`. `seconds`: since 1970, as the receiver will check them."""
    signed = f"{number}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def post(url: str, secret: bytes, context: ssl.SSLContext, notice: Notice, limits: Limits) -> None:
    """One attempt. Follows no redirect: what is told here is not for another address."""
    parts, body, now = urlsplit(url), notice.body(), int(time.time())
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port, timeout=limits.step, context=context
    )
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"socle/{__version__}",
        "webhook-id": notice.id,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, notice.id, now, body),
    }
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        again = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise DeliveryError(f"it answered {status}", again=again)
