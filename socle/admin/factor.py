"""A person's second factor: time-based one-time codes (RFC 6238), each of which counts once.

The secret is shown when it is made and never again.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pyotp

from socle.admin import journal
from socle.admin.store import Store
from socle.errors import UserError
from socle.identity import make_folder, write_private

STEP = 30
"""Seconds for which a code is shown."""
DRIFT = 1
"""Steps that a person's clock may be off, either way."""
TRIES, WINDOW = 5, 900
"""Wrong codes within this many seconds after which none is looked at."""


def enrol(store: Store, login: str, *, renew: bool = False) -> str:
    """Make the person's secret and return it as an otpauth URI. UserError when there is one already."""
    if store.factor(login).exists() and not renew:
        raise UserError(
            f"{login} has a second factor already", "", "say --renew to replace it: the old one then ends"
        )
    make_folder(store.factor(login).parent)
    secret = pyotp.random_base32()
    _save(store, login, {"secret": secret, "step": 0, "failures": []})
    uri: str = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=f"Socle {store.environment}")
    return uri


def forget(store: Store, login: str) -> None:
    """End the person's second factor."""
    store.factor(login).unlink(missing_ok=True)


def enrolled(store: Store, login: str) -> bool:
    """Whether the person has one."""
    return store.factor(login).exists()


def spend(store: Store, login: str, code: str, *, clock: Callable[[], float] = time.time) -> None:
    """Accept the code, which then never counts again; the caller holds the lock.

    Raises UserError: not enrolled, wrong, used before, or too many wrong ones of late.
    """
    kept = _load(store, login)
    now = int(clock())
    failures = [moment for moment in kept["failures"] if now - WINDOW < moment <= now]
    if len(failures) >= TRIES:
        left = WINDOW - (now - failures[-TRIES])
        journal.append(store, "locked out", login=login)
        raise UserError(f"too many wrong codes for {login}", "", f"wait {left} s and try again")
    typed = code.strip().encode(errors="replace")
    generator = pyotp.TOTP(kept["secret"], interval=STEP)
    steps = range(now // STEP - DRIFT, now // STEP + DRIFT + 1)
    matching = [step for step in steps if hmac.compare_digest(generator.generate_otp(step).encode(), typed)]
    fresh = [step for step in matching if step > kept["step"]]
    if not fresh:
        _save(store, login, {**kept, "failures": [*failures, now]})
        journal.append(store, "wrong code", login=login)
        if matching:
            raise UserError("this code was used before", "", f"wait for the next one, at most {STEP} s")
        raise UserError(f"wrong code for {login}", "", "check the clock of the device that shows it")
    _save(store, login, {**kept, "step": max(fresh), "failures": []})


def _load(store: Store, login: str) -> dict[str, Any]:
    try:
        kept = json.loads(store.factor(login).read_text(encoding="utf-8"))
        return {"secret": str(kept["secret"]), "step": int(kept["step"]), "failures": list(kept["failures"])}
    except FileNotFoundError:
        raise UserError(f"{login} has no second factor", "", f"run `socle admin enrol {login}`") from None
    except (ValueError, KeyError, TypeError):
        raise UserError(
            "not a file of a second factor", str(store.factor(login)), f"`socle admin enrol {login} --renew`"
        ) from None


def _save(store: Store, login: str, kept: dict[str, Any]) -> None:
    write_private(store.factor(login), (json.dumps(kept) + "\n").encode())
