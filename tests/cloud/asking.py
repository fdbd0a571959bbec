"""Lets a host ask the object gateway. Questions come on standard input: a token is in no argument."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from tests.cloud.live import ROOT, environment, login

# Runs on the host, with the standard library only; the authority is what roles/object_client put there.
SCRIPT = """import http.client, json, ssl, sys
context = ssl.create_default_context(cafile="/etc/socle/objects/ca.pem")
said = []
for one in json.load(sys.stdin):
    link = http.client.HTTPSConnection(one["address"], 8443, timeout=60, context=context)
    link.request(one["method"], one["target"], one["body"] or None, one["headers"])
    answer = link.getresponse()
    token = answer.getheader("X-Subject-Token", "")
    said.append([answer.status, answer.read(4096).decode(errors="replace"), token])
print(json.dumps(said))"""


@dataclass(frozen=True)
class Question:
    """One request to the gateway."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


def ask(host: str, address: str, *questions: Question) -> list[tuple[int, str]]:
    """Code and the beginning of the body of each answer that `host` got from the gateway at `address`."""
    return [(code, text) for code, text, _ in _answers(host, address, questions)]


def log_in(host: str, address: str, credential_id: str, secret: str) -> str:
    """The token that an application credential gets through the gateway."""
    named = {"id": credential_id, "secret": secret}
    identity = {"methods": ["application_credential"], "application_credential": named}
    body = json.dumps({"auth": {"identity": identity}})
    question = Question("POST", "/v3/auth/tokens", {"Content-Type": "application/json"}, body)
    ((code, text, token),) = _answers(host, address, [question])
    assert code == 201, (code, text)
    return token


def _answers(host: str, address: str, questions: Sequence[Question]) -> list[tuple[int, str, str]]:
    command = f"python3 -I -c {shlex.quote(SCRIPT)}"
    done = subprocess.run(
        login(host, command),
        cwd=ROOT,
        env=environment(),
        input=json.dumps([{**asdict(question), "address": address} for question in questions]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1000:]
    return [(code, text, token) for code, text, token in json.loads(done.stdout)]
