"""Promise: every route x method x actor x object answers as tests/security/policy.py says, and a route that is not listed there fails.

A foreign object answers exactly like a missing one.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from tests.security import actors as who
from tests.security.policy import POLICY, PUBLIC_FILES, objects
from tests.world import World

MISSING = UUID(int=7)
# What a door may answer to somebody it lets in: anything but "sign in", "not you" and "not here".
LET_IN = {200, 201, 202, 204, 206, 302, 303, 304, 400, 405, 406, 409, 411, 412, 413, 415, 422, 428}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    """Yield each route of the resolver as one text."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern)


def is_elsewhere(route: str) -> bool:
    """Tell whether a route is Django's own admin (staff flag only, tested apart) or a public file."""
    return route.startswith("admin/") or any(route.startswith(p) for p in PUBLIC_FILES)


def test_every_route_is_listed_and_every_listed_route_exists() -> None:
    real = {r for r in routes() if not is_elsewhere(r)}
    assert real - set(POLICY) == set(), "list these in tests/security/policy.py"
    assert set(POLICY) - real == set(), "these are gone: take them out of tests/security/policy.py"


def fill(route: str, values: dict[str, Any]) -> str:
    """Return a path of `route` with `values` in its places."""
    if route.startswith("^"):
        return "/" + re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda m: str(values[m.group(1)]), route).strip(
            "^$"
        ).replace("\\", "")
    path = re.sub(r"<(?:\w+:)?(?P<name>\w+)>", lambda m: str(values[m.group("name")]), route)
    query = POLICY[route].query.format(**values)
    return f"/{path}?{query}" if query else f"/{path}"


def is_let_in(response: Any) -> bool:
    """Tell whether a response came from behind the door."""
    if response.status_code in {302, 303} and response.headers["Location"].startswith("/login/"):
        return False
    return response.status_code in LET_IN


def body_of(response: Any) -> Any:
    """Return a response's body without what differs between any two requests."""
    text = re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", response.content)
    text = re.sub(rb'<meta name="(server-now|csrf-token)"[^>]*>', b"", text)
    if "json" not in response.headers.get("Content-Type", ""):
        return re.sub(rb"/[\w/-]*[0-9a-f]{8}-[0-9a-f-]{27}[\w/-]*", b"", text)
    found = json.loads(text)
    if isinstance(found, dict):
        found.pop("request_id", None)
    return found


@pytest.fixture
def everyone(world: World) -> who.Actors:
    return who.build(world)


def report(wrong: list[str]) -> None:
    """Fail with every line of `wrong`; pass where there is none."""
    if wrong:
        raise AssertionError("\n" + "\n".join(wrong))


def in_vain(everyone: who.Actors, actor: str, method: str, path: str, body: Any) -> Any:
    """Ask, and take back whatever the answer changed."""
    with transaction.atomic():
        response = everyone.ask(actor, method, path, body)
        response.content  # noqa: B018 - read before the transaction ends
        transaction.set_rollback(True)
    return response


def test_doors_let_in_exactly_those_whom_the_policy_names(
    world: World, everyone: who.Actors
) -> None:
    values = objects(world)
    wrong = []
    # Signing out ends the actors' own way in: last.
    for route in sorted(POLICY, key=lambda r: (r == "logout/", r)):
        for method in METHODS:
            allowed = POLICY[route].allowed(method)
            for actor in who.EVERYONE if allowed is not None else ():
                response = in_vain(
                    everyone, actor, method, fill(route, values), POLICY[route].sends(values)
                )
                if response.status_code >= 500 or is_let_in(response) != (actor in (allowed or ())):
                    wrong.append(f"{method} /{route} as {actor}: {response.status_code}")
    report(wrong)


def test_a_foreign_object_answers_like_a_missing_one(world: World, everyone: who.Actors) -> None:
    values = objects(world)
    missing = {k: MISSING if isinstance(v, UUID) else v for k, v in values.items()}
    wrong = []
    for route, door in POLICY.items():
        for method in METHODS if door.foreign else ():
            allowed = door.allowed(method)
            for actor in (
                sorted(door.foreign - (allowed or frozenset())) if allowed is not None else ()
            ):
                foreign = in_vain(everyone, actor, method, fill(route, values), door.sends(values))
                absent = in_vain(everyone, actor, method, fill(route, missing), door.sends(values))
                same = (foreign.status_code, body_of(foreign)) == (
                    absent.status_code,
                    body_of(absent),
                )
                if foreign.status_code not in {403, 404} or not same:
                    wrong.append(
                        f"{method} /{route} as {actor}: {foreign.status_code}, missing: {absent.status_code}"
                    )
    report(wrong)


def test_every_answer_carries_the_security_headers(world: World, everyone: who.Actors) -> None:
    values = objects(world)
    wrong = []
    for route, door in POLICY.items():
        if door.get is None or route.endswith(".mvt"):
            continue
        headers = in_vain(everyone, who.ADMIN, "GET", fill(route, values), None).headers
        policy = headers.get("Content-Security-Policy", "")
        if (
            "script-src 'self'" not in policy
            or "unsafe-inline" in policy
            or "'unsafe-eval'" in policy
        ):
            wrong.append(f"/{route}: {policy or 'no policy'}")
        if (
            headers.get("X-Content-Type-Options") != "nosniff"
            or headers.get("X-Frame-Options") != "DENY"
        ):
            wrong.append(f"/{route}: may be sniffed or framed")
    report(wrong)


def test_the_admin_is_for_the_staff_flag_only(world: World, everyone: who.Actors) -> None:
    asked = {actor: everyone.ask(actor, "GET", "/admin/") for actor in who.EVERYONE}
    assert {actor for actor, response in asked.items() if response.status_code != 302} == set()
