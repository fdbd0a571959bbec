"""Hostile requests to the object gateway, each beside a twin that is admitted because only that is mended."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.unit.roles.gateway import ACCOUNT, ALPHA, BETA, CREDENTIAL, STRANGER

IN, OUT, BASE = (f"{ACCOUNT}/local-{name}" for name in ("alpha-in", "alpha-out", "base-stays"))
FOREIGN = "/v1/AUTH_" + "f" * 32
TYPE = "Content-Type: application/json"
TOKENS = "/v3/auth/tokens"
SEALED = b"age-encryption.org/v1\n-> X25519 results"


@dataclass(frozen=True)
class Ask:
    """One request, from the space alpha unless said otherwise."""

    method: str
    target: str
    headers: tuple[str, ...] = ()
    body: bytes = b""
    client: str = ALPHA


@dataclass(frozen=True)
class Case:
    """`rule`: what the gateway says why; empty when haproxy itself refuses before any rule is asked."""

    name: str
    rule: str
    hostile: Ask
    twin: Ask


def get(target: str, *headers: str, **more: Any) -> Ask:
    return Ask("GET", target, headers, **more)


def put(target: str, *headers: str, **more: Any) -> Ask:
    return Ask("PUT", target, headers, more.pop("body", SEALED), **more)


def auth(identity: Any, **beside: Any) -> bytes:
    return json.dumps({"auth": {"identity": identity, **beside}}).encode()


def by_credential(**said: Any) -> dict[str, Any]:
    said = {"secret": "s3cret-_", "id": CREDENTIAL["alpha"], **said}
    return {
        "methods": ["application_credential"],
        "application_credential": {key: value for key, value in said.items() if value is not None},
    }


def login(body: bytes, *headers: str, **more: Any) -> Ask:
    return Ask("POST", TOKENS, (TYPE, *headers), body, **more)


OURS = auth(by_credential())
LOGIN, FETCH, STORE = login(OURS), get(f"{IN}/a.csv"), put(f"{OUT}/a.csv")
FOREIGN_ID = b'"id": "' + b"f" * 32 + b'"'
# haproxy would read the first, Keystone the last.
TWICE = OURS.replace(b'"id"', FOREIGN_ID + b', "id"'), OURS.replace(b'"}}', b'", ' + FOREIGN_ID + b"}}")
PASSWORD = {"methods": ["password"], "password": {"user": {"id": "f" * 32, "password": "s3cret"}}}
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(OURS), OURS)

WHERE = [
    Case("foreign account", "undeclared", put(f"{FOREIGN}/local-alpha-out/a.csv"), STORE),
    Case("another space's container", "undeclared", get(f"{ACCOUNT}/local-beta-in/a.csv"), FETCH),
    Case("a base that is not its own", "undeclared", get(f"{ACCOUNT}/local-base-codes/a"), get(f"{BASE}/a")),
    Case("the platform's records", "undeclared", get(f"{ACCOUNT}/local-records/a"), FETCH),
    Case("old versions' container", "undeclared", get(f"{ACCOUNT}/.versions/a"), FETCH),
    Case("the account itself", "undeclared", get(ACCOUNT), get(IN)),
    Case("the account with a slash", "undeclared", get(f"{ACCOUNT}/"), get(IN)),
    Case("another API of the store", "undeclared", get("/v2/x"), get(IN)),
    Case("a bucket as S3 names it", "undeclared", put("/local-alpha-out/a.csv"), STORE),
    Case("nobody's address", "undeclared", get(f"{IN}/a", client=STRANGER), get(f"{IN}/a")),
    Case("from the other space", "undeclared", get(f"{IN}/a.csv", client=BETA), FETCH),
    Case("a longer name", "undeclared", put(f"{OUT}2/a.csv"), STORE),
    Case("a container in capitals", "undeclared", put(f"{OUT.upper()}/a.csv"), STORE),
]
FORM = [
    Case("up a folder", "undeclared", get(f"{IN}/../local-beta-in/a"), get(f"{IN}/.../a")),
    Case("an encoded dot", "undeclared", get(f"{IN}/%2e%2e/local-beta-in/a"), get(f"{IN}/..x/a")),
    Case("half an encoded dot", "undeclared", get(f"{IN}/.%2E/a"), get(f"{IN}/.x/a")),
    Case("an overlong dot", "undeclared", get(f"{IN}/%C0%AE/a"), get(f"{IN}/%C3%A9/a")),
    Case("an encoded slash", "undeclared", get(f"{IN}%2f..%2flocal-beta-in/a"), get(f"{IN}/a%20b")),
    Case("encoded twice", "undeclared", get(f"{IN}/%252e%252e/a"), get(f"{IN}/25/a")),
    Case("two slashes", "undeclared", get(f"{IN}//a"), get(f"{IN}/a")),
    Case("two slashes first", "undeclared", get(f"/{IN}/a"), get(f"{IN}/a")),
    Case("a backslash", "undeclared", get(f"{IN}/..\\a"), get(f"{IN}/..a")),
    Case("a path parameter", "undeclared", get(f"{IN}/..;/a"), get(f"{IN}/..,/a")),
    Case("an encoded end", "undeclared", get(f"{IN}/a%00.csv"), get(f"{IN}/a%20.csv")),
    Case("an encoded line", "undeclared", get(f"{IN}/a%0d%0aX-Copy-From:b"), get(f"{IN}/a%20b")),
    Case("a whole address", "form", get(f"https://gateway{IN}/a"), get(f"{IN}/a")),
    Case("a fragment", "", get(f"{IN}/a#b"), get(f"{IN}/a=b")),
    Case("very long", "form", get(f"{IN}/{'a' * 2100}"), get(f"{IN}/{'a' * 1000}")),
    Case("a header as WSGI takes it", "header", put(f"{OUT}/a", "X_Copy_From: /x/y"), put(f"{OUT}/a")),
]
METHODS = [
    Case("write to what comes in", "undeclared", put(f"{IN}/a.csv"), STORE),
    Case("write to a base", "undeclared", put(f"{BASE}/a.csv"), STORE),
    Case("delete what came in", "undeclared", Ask("DELETE", f"{IN}/a"), get(f"{IN}/a")),
    Case("take back what was given out", "undeclared", Ask("DELETE", f"{OUT}/a"), STORE),
    Case("delete the container", "undeclared", Ask("DELETE", OUT), get(OUT)),
    Case("make a container", "undeclared", put(OUT), STORE),
    Case("change an object's headers", "undeclared", Ask("POST", f"{OUT}/a"), STORE),
    Case("change a container's rights", "undeclared", Ask("POST", OUT), get(OUT)),
    Case("copy", "undeclared", Ask("COPY", f"{OUT}/a"), STORE),
    Case("options", "undeclared", Ask("OPTIONS", f"{OUT}/a"), Ask("HEAD", f"{OUT}/a")),
    Case("a small letter", "undeclared", Ask("put", f"{OUT}/a"), STORE),
]
QUERY = [
    Case("a signed address", "query", get(f"{IN}/a?temp_url_sig=x&temp_url_expires=9"), get(f"{IN}/a")),
    Case("signed in capitals", "query", get(f"{IN}?TEMP_URL_SIG=x"), get(f"{IN}?limit=9")),
    Case("signed as S3 does", "query", put(f"{OUT}/a?X-Amz-Signature=x"), STORE),
    Case("an archive to unpack", "query", put(f"{OUT}/a?extract-archive=tar"), STORE),
    Case("a manifest", "query", put(f"{OUT}/a?multipart-manifest=put"), STORE),
    Case("a version", "query", get(f"{IN}/a?version-id=1"), get(f"{IN}/a")),
    Case("in bulk", "query", put(f"{OUT}/a?bulk-delete"), STORE),
    Case("a listing with more", "query", get(f"{IN}?format=json&acl"), get(f"{IN}?format=json&prefix=a%2Fb")),
    Case("an empty query", "query", get(f"{IN}/a?"), get(f"{IN}/a")),
]
HEADERS = [
    Case("copy from", "header", put(f"{OUT}/a", "X-Copy-From: /local-base-codes/a"), STORE),
    Case(
        "copy from an account",
        "header",
        put(f"{OUT}/a", "X-Copy-From-Account: AUTH_f"),
        put(f"{OUT}/a", "X-Object-Meta-A: b"),
    ),
    Case("destination", "header", put(f"{OUT}/a", "Destination: /x/y"), STORE),
    Case("a link", "header", put(f"{OUT}/a", "X-Symlink-Target: x/y"), STORE),
    Case("a link to an account", "header", put(f"{OUT}/a", "x-symlink-target-account: AUTH_f"), STORE),
    Case("a manifest of parts", "header", put(f"{OUT}/a", "X-Object-Manifest: local-base-codes/"), STORE),
    Case("rights", "header", put(f"{OUT}/a", "X-Container-Read: .r:*"), STORE),
    Case("a key for signing", "header", put(f"{OUT}/a", "X-Account-Meta-Temp-URL-Key: k"), STORE),
    Case("a time to die", "header", put(f"{OUT}/a", "X-Delete-After: 1"), STORE),
    # s3api takes the whole path for bucket and key of the account that signed: a foreign one's.
    Case(
        "a foreign signature",
        "header",
        put(f"{OUT}/a", "Authorization: AWS4-HMAC-SHA256 Credential=f/x"),
        STORE,
    ),
    Case(
        "another name of the token",
        "header",
        get(f"{IN}/a", "X-Storage-Token: t"),
        get(f"{IN}/a", "X-Auth-Token: t"),
    ),
    Case("a service's token", "header", get(f"{IN}/a", "X-Service-Token: t"), FETCH),
    Case("another method meant", "header", get(f"{OUT}/a", "X-HTTP-Method-Override: POST"), get(f"{OUT}/a")),
    Case("from another address", "header", get(f"{IN}/a", "X-Forwarded-For: 127.0.1.5", client=BETA), FETCH),
    Case(
        "two tokens",
        "token",
        get(f"{IN}/a", "X-Auth-Token: a", "X-Auth-Token: b"),
        get(f"{IN}/a", "X-Auth-Token: a"),
    ),
    Case(
        "no token's letters",
        "token",
        get(f"{IN}/a", "X-Auth-Token: a b"),
        get(f"{IN}/a", "X-Auth-Token: a_b"),
    ),
    Case(
        "a form to upload by",
        "form",
        put(f"{OUT}/a", "Content-Type: multipart/form-data; boundary=x"),
        put(f"{OUT}/a", "Content-Type: text/csv"),
    ),
    Case("data in a fetch", "body", get(f"{IN}/a", body=b"data"), FETCH),
    Case("data in pieces", "body", get(f"{IN}/a", "Transfer-Encoding: chunked", body=CHUNKED), FETCH),
]
LOGINS = [
    Case("a foreign credential", "undeclared", login(auth(by_credential(id="f" * 32))), LOGIN),
    Case(
        "another space's credential", "undeclared", login(auth(by_credential(id=CREDENTIAL["beta"]))), LOGIN
    ),
    Case("a credential from nobody's address", "undeclared", login(OURS, client=STRANGER), LOGIN),
    Case("two ids", "login", login(TWICE[0]), LOGIN),
    Case("two ids, ours first", "login", login(TWICE[1]), LOGIN),
    Case("put as a login", "login", Ask("PUT", TOKENS, (TYPE,), OURS), LOGIN),
    Case("an escaped key", "login", login(OURS.replace(b'"id"', b'"\\u0069d"')), LOGIN),
    Case("a password", "login", login(auth(PASSWORD)), LOGIN),
    Case("a foreign token", "login", login(auth({"methods": ["token"], "token": {"id": "f" * 32}})), LOGIN),
    Case("a second method", "login", login(auth({**by_credential(), "token": {"id": "f" * 32}})), LOGIN),
    Case(
        "a credential by its name",
        "login",
        login(auth(by_credential(id=None, name="x", user={"id": "f" * 32}))),
        LOGIN,
    ),
    Case("a scope", "login", login(auth(by_credential(), scope={"project": {"id": "f" * 32}})), LOGIN),
    Case("a secret with more in it", "login", login(auth(by_credential(secret="patient 4711"))), LOGIN),
    Case("a long secret", "login", login(auth(by_credential(secret="a" * 256))), LOGIN),
    Case("more after it", "login", login(OURS + b'{"a": 1}'), login(OURS + b"\n")),
    Case("no JSON", "login", login(b"patient 4711"), LOGIN),
    Case("nothing", "login", login(b"", "Content-Length: 0"), LOGIN),
    Case("too much", "login", login(OURS + b" " * 1024), login(OURS + b" " * 600)),
    Case("in pieces", "login", login(CHUNKED, "Transfer-Encoding: chunked"), LOGIN),
    Case("as a form", "login", Ask("POST", TOKENS, ("Content-Type: text/plain",), OURS), LOGIN),
    Case("with a token", "login", login(OURS, "X-Auth-Token: t"), LOGIN),
    Case("asking about a token", "login", get(TOKENS), LOGIN),
    Case("asking about another's token", "header", login(OURS, "X-Subject-Token: t"), LOGIN),
    Case("with a query", "query", Ask("POST", f"{TOKENS}?nocatalog", (TYPE,), OURS), LOGIN),
    Case("another door of Keystone", "undeclared", get("/v3/users"), LOGIN),
    Case("federated", "undeclared", Ask("POST", "/v3/auth/OS-FEDERATION/saml2", (TYPE,), OURS), LOGIN),
    Case("a slash more", "undeclared", Ask("POST", f"{TOKENS}/", (TYPE,), OURS), LOGIN),
]
UNSEALED = [
    Case("in clear", "unsealed", put(f"{OUT}/a", body=b"patient;diagnosis\n" * 9), STORE),
    Case("nothing at all", "unsealed", put(f"{OUT}/a", "Content-Length: 0", body=b""), STORE),
    Case("half the mark", "unsealed", put(f"{OUT}/a", body=SEALED[:15]), STORE),
    Case(
        "another version of the format", "unsealed", put(f"{OUT}/a", body=b"age-encryption.org/v9\n"), STORE
    ),
    Case(
        "in clear and in pieces",
        "unsealed",
        put(f"{OUT}/a", "Transfer-Encoding: chunked", body=b"7\r\nresults\r\n0\r\n\r\n"),
        STORE,
    ),
]
CASES = [*WHERE, *FORM, *METHODS, *QUERY, *HEADERS, *UNSEALED, *LOGINS]
