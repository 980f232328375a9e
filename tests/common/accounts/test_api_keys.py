"""Keys of machines: shown once, kept as a hash, good for their scopes, useless once revoked."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from common.accounts.api_keys import create_api_key, revoke_api_key
from common.accounts.models import ApiKey
from common.accounts.readers import reader_for_key
from common.errors.domain import NotAllowed
from tests.api import Machine
from tests.world import NOW, World

DOOR = "/api/v1/orders/"


def _status(text: str) -> int:
    return Client().get(DOOR, headers={"Authorization": text}).status_code


def test_the_text_of_a_key_is_nowhere_in_the_database(world: World) -> None:
    key, text = create_api_key(
        organization=world.florist.organization, name="shop", scopes=["orders:read"]
    )
    kept = " ".join(str(value) for value in ApiKey.objects.filter(pk=key.pk).values_list().get())
    secret = text.removeprefix(f"ck_{key.prefix}_")
    assert secret not in kept
    assert len(secret) >= 43  # 256 bits in base64


def test_a_key_opens_what_a_guess_does_not(world: World) -> None:
    text = Machine(world.florist.organization).text
    assert _status(f"Bearer {text}") == 200
    guesses = [
        f"Bearer {text}x",
        f"Bearer {text[:-1]}",
        f"Token {text}",
        "Bearer ",
        "Bearer ck_1_é",
        text,
    ]
    assert [_status(guess) for guess in guesses] == [401] * len(guesses)


def test_an_unknown_and_a_revoked_key_get_the_same_answer(world: World) -> None:
    machine = Machine(world.florist.organization)
    revoke_api_key(key=machine.key, now=NOW)
    revoked = machine.get(DOOR)
    machine.text = "ck_00000000_unknown"
    unknown = machine.get(DOOR)
    bodies = [{k: v for k, v in a.json().items() if k != "request_id"} for a in (revoked, unknown)]
    assert bodies[0] == bodies[1]
    assert (revoked.status_code, revoked["WWW-Authenticate"]) == (401, "Bearer")
    assert revoked["Content-Type"] == "application/problem+json"


def test_revoking_again_keeps_the_first_time(world: World) -> None:
    key = Machine(world.florist.organization).key
    revoke_api_key(key=key, now=NOW)
    assert revoke_api_key(key=key, now=NOW + timedelta(days=1)).revoked_at == NOW


def test_the_keys_of_a_closed_organization_stop_working(world: World) -> None:
    machine = Machine(world.florist.organization)
    world.florist.organization.is_active = False
    world.florist.organization.save()
    assert machine.get(DOOR).status_code == 401


def test_a_scope_that_does_not_exist_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="orders:erase"):
        create_api_key(
            organization=world.florist.organization,
            name="x",
            scopes=["orders:read", "orders:erase"],
        )
    assert not ApiKey.objects.exists()


def test_a_reader_of_a_key_can_what_its_scopes_say(world: World) -> None:
    reader = reader_for_key(Machine(world.florist.organization, ["orders:read"]).key)
    reader.require_scope("orders:read")
    with pytest.raises(NotAllowed, match="orders:write"):
        reader.require_scope("orders:write")


def test_the_last_use_is_noted_once_a_minute(world: World) -> None:
    machine = Machine(world.florist.organization)
    seen = []
    for seconds in (0, 59, 61):
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            machine.get(DOOR)
        machine.key.refresh_from_db()
        seen.append(machine.key.last_used_at)
    assert seen == [NOW, NOW, NOW + timedelta(seconds=61)]


def test_a_key_needs_no_csrf_token_and_a_session_does(world: World) -> None:
    machine = Machine(world.florist.organization)
    machine.client = Client(enforce_csrf_checks=True)
    assert machine.post(DOOR, {}).status_code == 422
    machine.client.force_login(world.lua)
    machine.text = ""
    person = machine.client.post(
        DOOR, {}, content_type="application/json", headers={"Idempotency-Key": "1"}
    )
    assert (person.status_code, person.json()["code"]) == (403, "permission_denied")
