"""The object gateway on a live cloud, from a space: its own containers and no others, whoever's the token.

The platform's own token is taken for the space's: the cloud would let it everywhere in the account, so what
is refused is refused by the gateway. Each refusal has a twin: the same at the cloud's own endpoint.
"""

from __future__ import annotations

import json

import openstack
import pytest

from tests.cloud.asking import Question, ask
from tests.cloud.hostile import DESK, PREFIX, address_of
from tests.cloud.live import NAME, SERVICES, environment, outputs
from tests.cloud.opened import cloud

GATEWAY = address_of(SERVICES)
OURS = "refused by the gateway"
OBJECT = "gateway-test.txt"
SEALED = "age-encryption.org/v1\n" + 64 * "-"
"""As far as the gateway looks: what is not sealed does not pass."""


@pytest.fixture(scope="module")
def account() -> str:
    return f"/v1/AUTH_{cloud().current_project_id}"


@pytest.fixture(scope="module")
def token() -> dict[str, str]:
    return {"X-Auth-Token": cloud().auth_token}


@pytest.fixture(scope="module")
def foreign() -> tuple[str, dict[str, str]]:
    """Another customer's account, and a token that may do anything in it."""
    files = [environment()["OS_CLIENT_CONFIG_FILE"]]
    said = openstack.config.OpenStackConfig(config_files=files, load_envvars=False).get_one("admin")
    other = openstack.connection.Connection(config=said)
    return f"/v1/AUTH_{other.current_project_id}", {"X-Auth-Token": other.auth_token}


def test_a_space_stores_and_fetches_in_its_own_containers(account: str, token: dict[str, str]) -> None:
    here = f"{account}/{PREFIX}-out/{OBJECT}"
    stored, fetched, listed, removed, unknown = ask(
        DESK,
        GATEWAY,
        Question("PUT", here, token, SEALED),
        Question("GET", here, token),
        Question("GET", f"{account}/{PREFIX}-in?limit=1", token),
        Question("DELETE", here, token),
        Question("GET", here),
    )
    assert (stored[0], fetched) == (201, (200, SEALED))
    assert listed[0] in (200, 204)
    cloud().object_store.delete_object(OBJECT, container=f"{PREFIX}-out")
    assert (removed[0], OURS in removed[1]) == (403, True)
    # The store's own word, not the gateway's: who has no token gets nothing.
    assert unknown[0] == 401


def test_what_the_cloud_would_allow_is_refused(account: str, token: dict[str, str]) -> None:
    records = f"{account}/{outputs()['container']}"
    base = next(iter(set(outputs(f"{NAME}-data")["containers"].values()) - _granted()))
    for question in (
        Question("GET", account, token),
        Question("GET", records, token),
        Question("GET", f"{account}/{base}", token),
        Question("PUT", f"{account}/{PREFIX}-in/{OBJECT}", token, "x"),
    ):
        ((code, said),) = ask(DESK, GATEWAY, question)
        assert (code, OURS in said) == (403, True), question.target
    # The twin: the same token at the store's own endpoint.
    assert cloud().object_store.get(f"/{outputs()['container']}").status_code < 300
    assert cloud().object_store.get(f"/{base}").status_code < 300


def _granted() -> set[str]:
    from infra.specification import load_spaces

    space = next(one for one in load_spaces(NAME) if f"{NAME}-{one.name}" == PREFIX)
    return {f"{NAME}-base-{base}" for base in space.space.bases}


def test_a_foreign_token_carries_nothing_out(
    account: str, foreign: tuple[str, dict[str, str]], token: dict[str, str]
) -> None:
    theirs, theirs_token = foreign
    signed = {"Authorization": "AWS foreign:signature"}
    answers = ask(
        DESK,
        GATEWAY,
        Question("PUT", f"{theirs}/drop/{OBJECT}", theirs_token, "data"),
        Question("PUT", f"{account}/{PREFIX}-out/{OBJECT}", signed, "data"),
        Question("PUT", f"{account}/{PREFIX}-out/{OBJECT}", {**token, "X-Copy-From": "/x/y"}),
    )
    assert [(code, OURS in said) for code, said in answers] == [(403, True)] * 3
    # In the right place the gateway lets a foreign token pass, and the store refuses it.
    right_place = Question("PUT", f"{account}/{PREFIX}-out/{OBJECT}", theirs_token, SEALED)
    ((code, said),) = ask(DESK, GATEWAY, right_place)
    assert (code, OURS in said) == (403, False)


def test_what_is_not_sealed_does_not_pass(account: str, token: dict[str, str]) -> None:
    here = f"{account}/{PREFIX}-out/in-clear.csv"
    answers = ask(DESK, GATEWAY, Question("PUT", here, token, "a;b\n"), Question("PUT", here, token))
    assert answers == [(403, f"{OURS}: unsealed\n")] * 2


def test_a_login_that_is_not_declared_is_not_passed_on() -> None:
    credential = {"id": "f" * 32, "secret": "s3cret"}
    identity = {"methods": ["application_credential"], "application_credential": credential}
    body = json.dumps({"auth": {"identity": identity}})
    question = Question("POST", "/v3/auth/tokens", {"Content-Type": "application/json"}, body)
    ((code, text),) = ask(DESK, GATEWAY, question)
    assert (code, OURS in text) == (403, True)
