"""Lets a host ask the object gateway. Questions come on standard input: a token is in no argument."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import asdict, dataclass, field

from tests.cloud.live import CLOUD, ROOT, SOCLE, environment

# Runs on the host, with the standard library only; the authority is what roles/object_client put there.
SCRIPT = """import http.client, json, ssl, sys
context = ssl.create_default_context(cafile="/etc/socle/objects/ca.pem")
said = []
for one in json.load(sys.stdin):
    link = http.client.HTTPSConnection(one["address"], 8443, timeout=60, context=context)
    link.request(one["method"], one["target"], one["body"] or None, one["headers"])
    answer = link.getresponse()
    said.append([answer.status, answer.read(4096).decode(errors="replace")])
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
    command = f"python3 -I -c {shlex.quote(SCRIPT)}"
    done = subprocess.run(
        [SOCLE, "hosts", "ssh", "--cloud", CLOUD, host, "--", command],
        cwd=ROOT,
        env=environment(),
        input=json.dumps([{**asdict(question), "address": address} for question in questions]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1000:]
    return [(code, text) for code, text in json.loads(done.stdout)]
