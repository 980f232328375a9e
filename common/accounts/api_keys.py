"""API keys of machines: `Authorization: Bearer ck_<prefix>_<secret>`."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from common import clock
from common.accounts.models import ApiKey, Organization

_SEEN_EVERY = timedelta(minutes=1)


def _hash(secret: str) -> str:
    """Return the SHA-256 of a 256-bit random secret (a slow hash adds nothing above 112 bits: OWASP ASVS 5.0, 6.5.2)."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Machine:
    """Stands where a person would in `request.user` when an API key was shown."""

    is_authenticated = True
    is_active = True
    is_anonymous = False
    is_staff = False

    def __init__(self, key: ApiKey) -> None:
        self.pk: UUID = key.pk
        self.language = key.organization.language


def create_api_key(
    *, organization: Organization, name: str, scopes: list[str]
) -> tuple[ApiKey, str]:
    """Create a key and return it with its text, which can't be shown again.

    Raises ValueError for a scope that does not exist.
    """
    if unknown := set(scopes) - set(ApiKey.Scope.values):
        raise ValueError(f"Unknown scopes: {', '.join(sorted(unknown))}.")
    prefix = secrets.token_hex(4)
    text = f"ck_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        organization=organization, name=name, prefix=prefix, secret_hash=_hash(text), scopes=scopes
    )
    return key, text


def revoke_api_key(*, key: ApiKey, now: datetime) -> ApiKey:
    """Make a key useless from now on."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
    key.refresh_from_db()
    return key


class ApiKeyAuthentication(BaseAuthentication):
    """Reads the Bearer header; an unknown and a revoked key get the same answer."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        header = request.headers.get("Authorization", "")
        if not header.startswith("Bearer "):
            return None
        key = (
            ApiKey.objects.select_related("organization")
            .filter(
                secret_hash=_hash(header[7:].strip()), revoked_at=None, organization__is_active=True
            )
            .first()
        )
        if key is None:
            raise AuthenticationFailed(_("This API key is not known or was revoked."))
        now = clock.now()
        if key.last_used_at is None or now - key.last_used_at > _SEEN_EVERY:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        return Machine(key), key

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 says in WWW-Authenticate."""
        return "Bearer"
