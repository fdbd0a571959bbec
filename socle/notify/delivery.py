"""What every way of delivery has in common: an end for each attempt, few attempts, one line for a failure."""

from __future__ import annotations

import queue
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from socle.errors import UserError


class DeliveryError(Exception):
    """It was not delivered. `again`: whether another attempt may help."""

    def __init__(self, what: str, *, again: bool) -> None:
        """`what`: one phrase, without anything of the message."""
        super().__init__(what)
        self.again = again


@dataclass(frozen=True)
class Limits:
    """Seconds: for one read or write, for a whole attempt, and the pauses between attempts."""

    step: float = 10
    attempt: float = 30
    pauses: tuple[float, ...] = (2, 8)


def deliver(attempt: Callable[[], None], limits: Limits) -> str:
    """Try until it is delivered or no attempt is left; why it was not, empty when it was."""
    for pause in (*limits.pauses, None):
        try:
            bounded(attempt, limits.attempt)
        except DeliveryError as error:
            if pause is None or not error.again:
                return str(error)
            time.sleep(pause)
        else:
            return ""
    return "nothing was tried"


def bounded(attempt: Callable[[], None], seconds: float) -> None:
    """Run an attempt, and leave it behind when it has not ended in time.

    A timeout of a socket is for each read: a receiver that sends a byte now and then would hold us for ever.
    """
    outcome: queue.SimpleQueue[DeliveryError | None] = queue.SimpleQueue()
    threading.Thread(target=lambda: outcome.put(_error_of(attempt)), daemon=True).start()
    try:
        error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise DeliveryError(f"no end after {seconds:g} s", again=True) from None
    if error is not None:
        raise error


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Certificates are verified, by the machine's authorities or by this file's alone."""
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError):
        where = str(ca_file)
        raise UserError("no certificates of authorities in it", where, "write them as PEM") from None


def of_network(error: Exception) -> DeliveryError:
    """What a failure of the network or of TLS is to us."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return DeliveryError(f"its certificate does not hold: {error.verify_message}", again=False)
    if isinstance(error, TimeoutError):
        return DeliveryError("it does not answer in time", again=True)
    said = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
    return DeliveryError(f"not reached: {said}", again=True)


def _error_of(attempt: Callable[[], None]) -> DeliveryError | None:
    try:
        attempt()
    except DeliveryError as error:
        return error
    except Exception as error:  # whatever it is, it must not pass for delivered
        return of_network(error)
    return None
