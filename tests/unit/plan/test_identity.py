"""What a space's credentials may ask for: its own containers and its bases', whatever the tables say."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.config import Base, Space
from infra.plan.identity import AccessRule, clashes, exchange_list, grants
from infra.plan.problem import PlanError
from infra.plan.tenancy import check_bases

ACCOUNT = "/v1/AUTH_0a1b2c"
NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,12}[a-z0-9])?", fullmatch=True)
ODD = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
METHODS = st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "COPY", "OPTIONS", "get"])


def space(bases: tuple[str, ...], phase: str = "open") -> Space:
    return Space.model_validate(
        {
            "environment": "any",
            "number": 1,
            "owner": "team",
            "purpose": "A space of a property test",
            "protect": False,
            "phase": phase,
            "expiry": date(2029, 12, 31),
            "bases": bases,
            "quota": {"hosts": 1, "volumes_gib": 0, "objects_gib": 1},
            "hosts": (),
        }
    )


def lets(rule: AccessRule, method: str, path: str) -> bool:
    """As keystonemiddleware decides: ** is anything, everything else is a regular expression as it stands."""
    pattern = "^{}$".format(
        "".join(".*" if part == "**" else part for part in re.split(r"(\*\*)", rule.path))
    )
    return rule.method == method and re.match(pattern, path) is not None


def allowed(found: tuple[AccessRule, ...], method: str, path: str) -> bool:
    return any(lets(rule, method, path) for rule in found)


@st.composite
def requests(draw: st.DrawFn, name: str, bases: tuple[str, ...]) -> tuple[str, str, str]:
    """Method, container, object: near what is granted more often than not."""
    near = [f"any-{name}-in", f"any-{name}-out", *(f"any-base-{base}" for base in bases)]
    container = draw(
        st.one_of(st.sampled_from(near), NAMES, st.sampled_from(near).map(lambda it: it + "x"), ODD)
    )
    return draw(METHODS), container, draw(st.one_of(st.just(""), ODD))


@given(st.data(), NAMES, st.lists(NAMES, max_size=4, unique=True).map(tuple))
def test_a_request_passes_exactly_when_it_is_for_what_is_granted(
    data: st.DataObject, name: str, bases: tuple[str, ...]
) -> None:
    method, container, thing = data.draw(requests(name, bases))
    if "/" in container or "/" in thing:
        container, thing = container.replace("/", "_"), thing.replace("/", "_")
    path = f"{ACCOUNT}/{container}/{thing}" if thing else f"{ACCOUNT}/{container}"
    came, goes = f"any-{name}-in", f"any-{name}-out"
    own, *others = grants(name, space(bases))
    expected = (container in (came, goes) and method in ("GET", "HEAD")) or (
        container == goes and method == "PUT" and bool(thing)
    )
    assert allowed(own.rules(ACCOUNT), method, path) is expected
    assert {grant.project for grant in others} == {f"any-base-{base}" for base in bases}
    for grant in others:
        reads = container == grant.project and method in ("GET", "HEAD")
        assert allowed(grant.rules(ACCOUNT), method, path) is reads


@given(st.data(), NAMES, st.lists(NAMES, max_size=3, unique=True).map(tuple), METHODS)
def test_no_account_and_no_other_account_can_be_asked(
    data: st.DataObject, name: str, bases: tuple[str, ...], method: str
) -> None:
    mine = data.draw(st.sampled_from([f"any-{name}-in", f"any-{name}-out"]))
    for path in (
        ACCOUNT,
        f"{ACCOUNT}/",
        f"/v1/AUTH_other/{mine}/x",
        f"/v2{ACCOUNT}/{mine}/x",
        "/info",
        "/v3/users",
    ):
        assert not any(allowed(grant.rules(ACCOUNT), method, path) for grant in grants(name, space(bases)))


@given(NAMES, st.lists(NAMES, min_size=1, max_size=4, unique=True).map(tuple))
def test_the_order_of_bases_changes_nothing_and_a_closed_space_has_nothing(
    name: str, bases: tuple[str, ...]
) -> None:
    assert grants(name, space(bases)) == grants(name, space(tuple(reversed(bases))))
    assert grants(name, space(bases, "closed")) == ()
    assert grants(name, space(bases, "frozen")) == grants(name, space(bases))


@pytest.mark.parametrize(
    "account", ["", "/", "/v1/AUTH_.*", "/v1/AUTH_{x}", "v1/AUTH_x", "/v1/AUTH_x/", "/v1/**"]
)
def test_an_account_that_a_rule_would_misread_is_refused(account: str) -> None:
    with pytest.raises(ValueError, match="is no account's path of plain letters"):
        grants("a", space(()))[0].rules(account)


def test_only_out_lets_anybody_write() -> None:
    assert (exchange_list("in", "p", "u").read, exchange_list("in", "p", "u").write) == ("p:u", "")
    assert (exchange_list("out", "p", "u").read, exchange_list("out", "p", "u").write) == ("p:u", "p:u")


def test_a_space_may_not_have_a_container_that_is_called_as_a_bases() -> None:
    base = Base.model_validate({"name": "stays-in", "sensitivity": "health", "purpose": "Stays in hospitals"})
    assert clashes("base-stays", (base,)) == "stays-in"
    assert clashes("base-other", (base,)) == clashes("stays", (base,)) == ""
    with pytest.raises(PlanError) as caught:
        check_bases("base-stays", space(()), {"stays-in": base})
    assert "one of its containers would be called as that of base stays-in; rename" in caught.value.what
