"""What a space's credential must not be able to do: attempts as data, with twins that show it can be done.

A twin is the same request, or one just as telling that changes nothing, made by who may.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.cloud.requesting import Request

OBJECTS = "object-store"
MARK = "text that nobody outside may read"
GUESSED = "a-key-that-was-guessed"


@dataclass(frozen=True)
class Ground:
    """Names on the cloud under test. `account`: the platform's; `own`: of the space's own project."""

    account: str
    own: str
    foreign: str
    came: str
    goes: str
    base: str
    ungranted: str
    other_in: str
    other_out: str
    box: str
    user: str
    project: str
    platform: str
    token: str


@dataclass(frozen=True)
class Attempt:
    """`using`: "exchange" or "base", which of the space's credentials. `twin`: who may, and what they ask.

    `reads`: a second request, whose answer must not be what is marked: the first alone gives nothing.
    `also`: a code that is a refusal here, besides 401 and 403.
    """

    what: str
    request: Request
    using: str = "exchange"
    twin: tuple[str, Request] | None = None
    reads: Request | None = None
    also: int = 0


def _object(method: str, path: str, body: str | None = None, **headers: str) -> Request:
    said = {key.replace("_", "-"): value for key, value in headers.items()}
    return Request(OBJECTS, method, path, said, body)


def objects(on: Ground) -> Iterator[Attempt]:
    """Containers and accounts that are not the space's."""
    here = on.account

    def read(what: str, path: str, by: str = "platform", using: str = "exchange") -> Attempt:
        return Attempt(what, _object("GET", path), using, (by, _object("GET", path)))

    yield read("list another project's account", on.foreign, "admin")
    yield Attempt("fetch from another project's container", _object("GET", f"{on.foreign}/box/thing"))
    yield read("list the platform's account", here)
    yield Attempt("ask how big it is", _object("HEAD", here), twin=("platform", _object("HEAD", here)))
    yield Attempt("make a container in it", _object("PUT", f"{here}/{on.goes}-more"))
    yield Attempt("list the own project's account", _object("GET", on.own))
    yield Attempt("make a container in the own project's account", _object("PUT", f"{on.own}/mine"))
    yield read("list another space's in", f"{here}/{on.other_in}")
    yield read("fetch from another space's in", f"{here}/{on.other_in}/letter")
    yield read("list another space's out", f"{here}/{on.other_out}")
    yield Attempt("store in another space's out", _object("PUT", f"{here}/{on.other_out}/x", "x"))
    yield read("list the platform's own container", f"{here}/{on.box}")
    yield read("list a base that was not granted", f"{here}/{on.ungranted}")
    yield read("the same with the credential of the granted one", f"{here}/{on.ungranted}", using="base")
    yield read("fetch from a base that was not granted", f"{here}/{on.ungranted}/stay", using="base")
    yield Attempt(
        "fetch from the granted base with the other credential", _object("GET", f"{here}/{on.base}/stay")
    )
    yield Attempt("list the own in with the base's credential", _object("GET", f"{here}/{on.came}"), "base")
    dots = f"{here}/{on.came}/%2e%2e/{on.other_in}/letter"
    yield Attempt("climb out of the own in", _object("GET", dots), also=404)


def changes(on: Ground) -> Iterator[Attempt]:
    """What would change what is only to be read, or take back what was given in."""
    here = on.account
    opened = {"X_Container_Read": ".r:*,.rlistings"}
    yield Attempt("store in the own in", _object("PUT", f"{here}/{on.came}/x", "x"))
    yield Attempt("store in the granted base", _object("PUT", f"{here}/{on.base}/x", "x"), "base")
    yield Attempt("delete from the granted base", _object("DELETE", f"{here}/{on.base}/stay"), "base")
    yield Attempt("delete from the own in", _object("DELETE", f"{here}/{on.came}/letter"))
    yield Attempt("take back what was given out", _object("DELETE", f"{here}/{on.goes}/report"))
    yield Attempt(
        "change what is said of it", _object("POST", f"{here}/{on.goes}/report", X_Object_Meta_A="b")
    )
    yield Attempt("open the own out to everybody", _object("POST", f"{here}/{on.goes}", **opened))
    yield Attempt("the same by making it anew", _object("PUT", f"{here}/{on.goes}", **opened))
    yield Attempt(
        "lift the own quota",
        _object("POST", f"{here}/{on.goes}", X_Container_Meta_Quota_Bytes="1" + "0" * 12),
    )
    # Swift looks for versions before it asks who it is.
    yield Attempt("delete the own out", _object("DELETE", f"{here}/{on.goes}"), also=409)
    yield Attempt("set a key for temporary URLs", _object("POST", here, X_Account_Meta_Temp_URL_Key=GUESSED))
    yield Attempt(
        "the same for one container",
        _object("POST", f"{here}/{on.goes}", X_Container_Meta_Temp_URL_Key=GUESSED),
    )
    yield Attempt(
        "use a temporary URL", _object("GET", _temporary(f"{here}/{on.other_in}/letter"), X_Auth_Token="")
    )
    yield Attempt(
        "copy to another account",
        _object("COPY", f"{here}/{on.came}/letter", Destination="box/stolen", Destination_Account=on.own[4:]),
    )
    yield Attempt(
        "copy from another space's in",
        _object("PUT", f"{here}/{on.goes}/c1", "", X_Copy_From=f"{on.other_in}/letter"),
    )
    yield Attempt(
        "copy from a base", _object("PUT", f"{here}/{on.goes}/c2", "", X_Copy_From=f"{on.ungranted}/stay")
    )
    for way, said in (
        ("a symbolic link", {"X_Symlink_Target": f"{on.other_in}/letter"}),
        ("a manifest", {"X_Object_Manifest": f"{on.other_in}/let"}),
    ):
        name = f"{here}/{on.goes}/{way.rpartition(' ')[2]}"
        yield Attempt(
            f"read another space's in through {way}",
            _object("PUT", name, "", **said),
            reads=_object("GET", name),
        )


def _temporary(path: str) -> str:
    until = int(time.time()) + 600
    signed = hmac.new(GUESSED.encode(), f"GET\n{until}\n{path}".encode(), hashlib.sha256).hexdigest()
    return f"{path}?temp_url_sig={signed}&temp_url_expires={until}"


def elsewhere(on: Ground) -> Iterator[Attempt]:
    """Every other service."""

    def get(service: str, what: str, path: str, by: str = "platform") -> Attempt:
        asked = Request(service, "GET", path)
        return Attempt(what, asked, twin=(by, asked))

    def post(service: str, what: str, path: str, body: dict[str, object]) -> Attempt:
        return Attempt(what, Request(service, "POST", path, {}, body))

    me = f"/users/{on.user}"
    yield get("identity", "list the projects", "/projects", "customer")
    yield get("identity", "list the users", "/users", "customer")
    yield get("identity", "list the own credentials", f"{me}/application_credentials", "admin")
    more = {"application_credential": {"name": "more", "unrestricted": True}}
    yield post("identity", "make a credential without rules", f"{me}/application_credentials", more)
    change = {"user": {"password": "x" * 20, "original_password": "y" * 20}}
    yield post("identity", "change the own password", f"{me}/password", change)
    keys = {"tenant_id": on.project}
    yield post("identity", "make S3 keys", f"{me}/credentials/OS-EC2", keys)
    trust = {
        "trust": {
            "trustor_user_id": on.user,
            "trustee_user_id": on.user,
            "project_id": on.project,
            "impersonation": True,
            "roles": [{"name": "reader"}],
        }
    }
    yield post("identity", "make a trust", "/OS-TRUST/trusts", trust)
    for name, project in (("another project", on.platform), ("the own project, without rules", on.project)):
        scope = {"project": {"id": project}}
        again = {"auth": {"identity": {"methods": ["token"], "token": {"id": on.token}}, "scope": scope}}
        yield post("identity", f"get a token for {name}", "/auth/tokens", again)
        # Rules are of the token that asks: here none does.
        silent = Request("identity", "POST", "/auth/tokens", {"X-Auth-Token": ""}, again)
        # Keystone finds no token that has rules for somebody who does not say that they will be kept.
        yield Attempt(f"the same without saying who asks, for {name}", silent, also=404)
    yield get("image", "list the images", "/v2/images")
    new = {"name": "mine", "disk_format": "raw", "container_format": "bare"}
    yield post("image", "upload an image", "/v2/images", new)
    yield get("network", "list the networks", "/v2.0/networks")
    yield post("network", "make a network", "/v2.0/networks", {"network": {"name": "mine"}})
    rule = {"security_group_rule": {"security_group_id": on.project, "direction": "egress"}}
    yield post("network", "open a security group", "/v2.0/security-group-rules", rule)
    yield get("compute", "list the servers", "/servers")
    yield get("volumev3", "list the volumes", "/volumes")
    yield get("key-manager", "list the secrets", "/v1/secrets")
    yield post("key-manager", "store a secret", "/v1/secrets", {"name": "mine"})


def every(on: Ground) -> list[Attempt]:
    """All of them."""
    return [*objects(on), *changes(on), *elsewhere(on)]
