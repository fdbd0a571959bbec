"""A space's credential reaches its own containers and the bases it was granted, and nothing else.

Asked twice: at the cloud's own endpoints, where Keystone, its middleware and the object store refuse,
whatever stands in front of them; and from the space's workstation, whose only way there is the gateway.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import ANY
from urllib.parse import urlsplit

import pytest
from keystoneauth1 import exceptions
from rich.console import Console
from rich.table import Table

from infra.specification import load_space
from infra.stackfile import space_of
from socle.env import describe
from socle.space import credential
from socle.space.key import folder
from tests.cloud.asking import Question, ask, log_in
from tests.cloud.attempts import MARK, OBJECTS, Attempt, Ground, every
from tests.cloud.hostile import DESK, address_of
from tests.cloud.live import CLOUD, NAME, SERVICES, SOCLE, on_host, outputs, run, show, spaces
from tests.cloud.requesting import Asker, Request, emptied

STACK = spaces()[0]
SPACE = space_of(STACK)
NOBODY = f"{NAME}-nobody"
"""Another space, as far as the object store can tell: two containers of the platform's account."""
REFUSED = (401, 403)
SEALED = "age-encryption.org/v1\n" + 64 * "-"
"""As far as the gateway looks."""
RESULT = "cohort;count"


@dataclass(frozen=True)
class Standing:
    """Who asks, and what there is."""

    askers: dict[str, Asker]
    ground: Ground

    def ask(self, who: str, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        """Status and text of an answer of the object store."""
        answer = self.askers[who].ask(Request(OBJECTS, method, f"{self.ground.account}/{path}", {}, body))
        return answer.status_code, answer.text


@pytest.fixture(scope="module")
def standing() -> Iterator[Standing]:
    assert show(SOCLE, "space", "renew", "--cloud", CLOUD, SPACE) == 0
    spec = load_space(STACK)
    assert spec.plan.grants, "the profile delegates no projects"
    file = credential.clouds_file(folder(describe(CLOUD).ssh_dir), STACK)
    own, *bases = [grant.project for grant in spec.plan.grants]
    askers = {name: Asker(name) for name in ("platform", "customer", "admin")}
    askers |= {"exchange": Asker(own, file), "base": Asker(bases[0], file)}
    exchange, platform = askers["exchange"], askers["platform"]
    account = urlsplit(platform.endpoint(OBJECTS)).path
    known = {f"{NAME}-base-{name}" for name in json.loads(_output("containers"))}
    ground = Ground(
        account=account,
        own=urlsplit(exchange.endpoint(OBJECTS)).path,
        foreign=urlsplit(askers["admin"].endpoint(OBJECTS)).path,
        came=f"{NAME}-{SPACE}-in",
        goes=f"{NAME}-{SPACE}-out",
        base=bases[0],
        ungranted=min(known - set(bases)),
        other_in=f"{NOBODY}-in",
        other_out=f"{NOBODY}-out",
        box=outputs()["container"],
        user=exchange.user,
        project=exchange.project,
        platform=platform.project,
        token=exchange.token,
    )
    found = Standing(askers, ground)
    held = (ground.came, ground.goes, ground.base, ground.ungranted)
    try:
        for container in (ground.other_in, ground.other_out):
            assert found.ask("platform", "PUT", container)[0] in (201, 202)
        for path in (
            f"{ground.came}/letter",
            f"{ground.other_in}/letter",
            f"{ground.base}/stay",
            f"{ground.ungranted}/stay",
        ):
            assert found.ask("platform", "PUT", path, MARK)[0] == 201
        yield found
    finally:
        for container in (*held, ground.other_in, ground.other_out):
            emptied(platform, account, container)
        for container in (ground.other_in, ground.other_out):
            assert found.ask("platform", "DELETE", container)[0] == 204


def _output(name: str) -> str:
    return run("pulumi", "stack", "output", name, "--json", "--stack", f"{NAME}-data").stdout


def test_what_is_granted_passes(standing: Standing) -> None:
    on, ask = standing.ground, standing.ask
    assert ask("exchange", "GET", f"{on.came}/letter") == (200, MARK)
    assert ask("exchange", "HEAD", f"{on.came}/letter")[0] == 200
    assert "letter" in ask("exchange", "GET", on.came)[1]
    for text in ("first", "corrected"):
        assert ask("exchange", "PUT", f"{on.goes}/report", text)[0] == 201
    assert ask("exchange", "GET", f"{on.goes}/report") == (200, "corrected")
    assert "report" in ask("exchange", "GET", on.goes)[1]
    versions = json.loads(ask("platform", "GET", f"{on.goes}?versions=true&format=json")[1])
    assert [entry["name"] for entry in versions].count("report") == 2, "what was given in first is kept"
    assert ask("base", "GET", f"{on.base}/stay") == (200, MARK)
    assert "stay" in ask("base", "GET", on.base)[1]


def judged(standing: Standing, attempt: Attempt) -> tuple[str, bool]:
    """The answer, and whether it was refused."""
    who = standing.askers[attempt.using]
    answer = who.ask(attempt.request)
    if attempt.reads is None:
        refused = answer.status_code in (*REFUSED, attempt.also)
        return str(answer.status_code), refused and MARK not in answer.text
    read = who.ask(attempt.reads)
    return f"{answer.status_code}, then {read.status_code}", MARK not in read.text and read.status_code >= 400


def test_nothing_else_passes(standing: Standing) -> None:
    drawn = Table("attempt", "request", "answer", "verdict", "twin", box=None, pad_edge=False)
    passed, idle = [], []
    attempts = every(standing.ground)
    for attempt in attempts:
        answer, refused = judged(standing, attempt)
        twin = ""
        if attempt.twin:
            by, asked = attempt.twin
            status = standing.askers[by].ask(asked).status_code
            twin = f"{by}: {status}"
            idle += [attempt.what] if not 200 <= status < 300 else []
        passed += [] if refused else [attempt.what]
        drawn.add_row(
            attempt.what, str(attempt.request)[:60], answer, "refused" if refused else "PASSED", twin
        )
    Console(width=200).print(drawn)
    assert len(attempts) >= 25
    assert not passed
    assert not idle, "what nobody can do shows nothing when a space cannot"


def question(asked: Request, token: str) -> Question:
    """The same request, as the space's workstation puts it to the gateway."""
    target = f"/v3{asked.path}" if asked.service == "identity" else asked.path
    said = {key: value for key, value in {"X-Auth-Token": token, **asked.headers}.items() if value}
    if isinstance(asked.body, dict):
        return Question(
            asked.method, target, {**said, "Content-Type": "application/json"}, json.dumps(asked.body)
        )
    return Question(asked.method, target, said, asked.body or "")


def test_from_the_space_the_same_passes_and_nothing_else(standing: Standing) -> None:
    """Through the gateway, which is the only way from a workstation to the cloud's own endpoints."""
    on, gateway = standing.ground, address_of(SERVICES)
    held = credential.read(folder(describe(CLOUD).ssh_dir), STACK)
    assert held
    own, base = (
        log_in(DESK, gateway, one.id, one.secret)
        for one in (held.credentials[STACK], held.credentials[on.base])
    )
    tokens = {"exchange": own, "base": base}
    passes = (
        Question("GET", f"{on.account}/{on.came}/letter", {"X-Auth-Token": own}),
        Question("PUT", f"{on.account}/{on.goes}/report", {"X-Auth-Token": own}, SEALED),
        Question("GET", f"{on.account}/{on.goes}/report", {"X-Auth-Token": own}),
        Question("GET", f"{on.account}/{on.base}/stay", {"X-Auth-Token": base}),
    )
    assert ask(DESK, gateway, *passes) == [(200, MARK), (201, ANY), (200, SEALED), (200, MARK)]
    attempts = every(on)
    answers = ask(DESK, gateway, *(question(one.request, tokens[one.using]) for one in attempts))
    drawn = Table("attempt from the space", "answer", "by whom", box=None, pad_edge=False)
    passed = []
    for attempt, (code, text) in zip(attempts, answers, strict=True):
        by = "the gateway" if text.startswith("refused by the gateway") else "the cloud"
        drawn.add_row(attempt.what, str(code), by)
        passed += [] if code in REFUSED and MARK not in text else [attempt.what]
    Console(width=200).print(drawn)
    assert not passed


def on_desk(command: str) -> list[str]:
    """What a researcher sees on the workstation: no root, the space's credential, the command for people."""
    script = f"cd $(mktemp -d) && {{ {command}; }} 2>&1"
    return on_host(DESK, script, check=False).splitlines()


def test_a_researcher_gives_out_and_fetches_what_is_sealed(standing: Standing) -> None:
    on, platform = standing.ground, standing.askers["platform"]
    put = f"echo '{RESULT}' > r.csv && space-objects put r.csv study/r.csv && space-objects list out"
    said = on_desk(f"{put} && space-objects get --from out study/r.csv back && cat back")
    print("\n".join(said))
    assert said[0] == "study/r.csv: sealed and given out"
    assert said[-1] == RESULT
    path = f"{on.account}/{on.goes}"
    lying = platform.ask(Request(OBJECTS, "GET", f"{path}/study/r.csv")).content
    assert lying.startswith(b"age-encryption.org/v1\n")
    assert RESULT.encode() not in lying
    for name, content in (("swapped.csv", lying), ("study/cut.csv", lying[:-1])):
        assert platform.ask(Request(OBJECTS, "PUT", f"{path}/{name}", {}, content)).status_code == 201
    get = "space-objects get --from out"
    said = on_desk(
        f"{get} swapped.csv; echo $?; {get} study/cut.csv; echo $?; space-objects get letter; echo $?; ls -A"
    )
    print("\n".join(said))
    assert [line for line in said if line.isdecimal()] == ["3", "3", "3"]
    assert f"{on.goes}/swapped.csv: somebody put {on.goes}/study/r.csv in its place" in said[0]
    assert "it is not whole" in said[2]
    assert "it is not sealed" in said[4]
    assert len(said) == 6, "nothing that does not open is left in the folder"
    assert on_desk("space-objects get letter --unsealed && cat letter") == [MARK]


def test_many_deletions_at_once_delete_nothing(standing: Standing) -> None:
    """The answer is 200 whatever became of each: what counts is what is left."""
    on = standing.ground
    names = f"{on.came}/letter\n{on.goes}/report\n{on.other_in}/letter\n{on.base}/stay"
    for who in ("exchange", "base"):
        path = f"{on.account}?bulk-delete"
        said = {"Content-Type": "text/plain", "Accept": "application/json"}
        answer = standing.askers[who].ask(Request(OBJECTS, "POST", path, said, names))
        print(f"{who}: {answer.status_code} {' '.join(answer.text.split())}")
        assert answer.status_code in REFUSED or answer.json()["Number Deleted"] == 0
    for path in names.splitlines():
        assert standing.ask("platform", "HEAD", path)[0] == 200, path


def test_an_old_credential_ends_with_its_renewal(standing: Standing, tmp_path: Path) -> None:
    """It logs nobody in. A token that a service saw before may pass there for five minutes more: ADR 0019."""
    file, old = credential.clouds_file(folder(describe(CLOUD).ssh_dir), STACK), tmp_path / "clouds.yaml"
    old.write_bytes(file.read_bytes())
    assert Asker(standing.askers["exchange"].name, old).token
    assert show(SOCLE, "space", "renew", "--cloud", CLOUD, SPACE, "--within", "365") == 0
    with pytest.raises((exceptions.Unauthorized, exceptions.NotFound)):
        Asker(standing.askers["exchange"].name, old)
    assert any(line.endswith("  letter") for line in on_desk("space-objects list")), "the new one is there"
    path = f"{standing.ground.account}/{standing.ground.came}/letter"
    assert Asker(standing.askers["exchange"].name, file).ask(Request(OBJECTS, "GET", path)).text == MARK
