"""Everyone who might knock: a test client for each, built on the small named world and a second, foreign house beside it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client

from common.accounts.api_keys import create_api_key, revoke_api_key
from common.accounts.models import ApiKey, Organization, Role, User
from delivery.models import Merchant
from tests.world import NOW, World, organization, person

# The names used in policy.py.
ANONYMOUS = "anonymous"
DISPATCHER, PACKER, SUPPORT, ADMIN = "dispatcher", "packer", "support", "admin"
MERCHANT, OTHER_MERCHANT = "merchant", "other_merchant"
MANAGER, OTHER_MANAGER = "manager", "other_manager"
COURIER, OTHER_COURIER = "courier", "other_courier"
DISABLED, UNATTACHED = "disabled", "unattached"
KEY_READ, KEY_WRITE, KEY_TRACKING, KEY_OTHER, KEY_REVOKED = (
    "key_read",
    "key_write",
    "key_tracking",
    "key_other",
    "key_revoked",
)
EVERYONE = [
    ANONYMOUS, DISPATCHER, PACKER, SUPPORT, ADMIN, MERCHANT, OTHER_MERCHANT, MANAGER, OTHER_MANAGER, COURIER, OTHER_COURIER,
    DISABLED, UNATTACHED, KEY_READ, KEY_WRITE, KEY_TRACKING, KEY_OTHER, KEY_REVOKED,
]  # fmt: skip
STAFF = {DISPATCHER, PACKER, SUPPORT, ADMIN}


@dataclass
class Actors:
    """A way in for each actor."""

    clients: dict[str, Client]
    headers: dict[str, dict[str, str]]

    def ask(self, actor: str, method: str, path: str, body: Any = None) -> Any:
        """Send a request as `actor`, a write with its key, and return the response."""
        extra = dict(self.headers.get(actor, {}))
        options: dict[str, Any] = {}
        if method not in {"GET", "HEAD", "OPTIONS"}:
            extra["Idempotency-Key"] = f"{actor}-{method}-{path}"
            options = {"data": body if body is not None else {}, "content_type": "application/json"}
        return self.clients[actor].generic(method, path, headers=extra, **_encoded(options))


def _encoded(options: dict[str, Any]) -> dict[str, Any]:
    if "data" in options:
        options["data"] = json.dumps(options["data"])
    return options


def _signed_in(user: Any) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def build(world: World) -> Actors:
    """Make every actor."""
    other_shop = Merchant.objects.create(
        organization=organization(Organization.Kind.MERCHANT, "Outra Loja", "outra")
    )
    disabled = person("Didi", world.operator, Role.DISPATCHER)
    clients: dict[str, Client] = {
        ANONYMOUS: Client(),
        DISPATCHER: _signed_in(world.dispatcher),
        PACKER: _signed_in(world.packer),
        SUPPORT: _signed_in(world.agent),
        ADMIN: _signed_in(person("Ada", world.operator, Role.ADMIN)),
        MERCHANT: _signed_in(world.lua),
        OTHER_MERCHANT: _signed_in(person("Otto", other_shop.organization, Role.MERCHANT)),
        MANAGER: _signed_in(world.azul_manager),
        OTHER_MANAGER: _signed_in(person("Vera", world.verde.organization, Role.PARTNER_MANAGER)),
        COURIER: _signed_in(world.ana.user),
        OTHER_COURIER: _signed_in(world.vesa.user),
        DISABLED: _signed_in(disabled),
        UNATTACHED: _signed_in(_unattached()),
    }
    disabled.is_active = False
    disabled.save()
    headers = {}
    for actor, shop, scopes in (
        (KEY_READ, world.florist, ["orders:read"]),
        (KEY_WRITE, world.florist, ["orders:write"]),
        (KEY_TRACKING, world.florist, ["tracking:read"]),
        (KEY_OTHER, other_shop, list(ApiKey.Scope.values)),
        (KEY_REVOKED, world.florist, list(ApiKey.Scope.values)),
    ):
        key, text = create_api_key(organization=shop.organization, name=actor, scopes=scopes)
        if actor == KEY_REVOKED:
            revoke_api_key(key=key, now=NOW - timedelta(days=1))
        clients[actor] = Client()
        headers[actor] = {"Authorization": f"Bearer {text}"}
    return Actors(clients, headers)


def _unattached() -> Any:
    return User.objects.create_user("una@nowhere.example", "correct horse battery", name="Una")


Factory = Callable[[World], dict[str, Any]]
