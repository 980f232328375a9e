"""On whose behalf something is asked: the one argument of every `*_visible_to`."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from common.accounts.models import ApiKey, Membership, Organization, Role
from common.errors.domain import NotAllowed

_ORDER = [
    Role.ADMIN,
    Role.DISPATCHER,
    Role.SUPPORT,
    Role.PACKER,
    Role.MERCHANT,
    Role.PARTNER_MANAGER,
    Role.COURIER,
]


@dataclass(frozen=True)
class Reader:
    """A person in their role, or a machine with its scopes, for one organization.

    user_id: the person, None for a machine. organization_id, kind: whom they act for; empty for nobody.
    roles: the roles held there. scopes: what a machine's key is good for; a person is not limited by them.
    """

    user_id: UUID | None = None
    organization_id: UUID | None = None
    kind: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)
    api_key_id: UUID | None = None
    timezone: str = "UTC"

    @property
    def role(self) -> str:
        """The role that decides which page opens first; empty for nobody and for machines."""
        return next((r for r in _ORDER if r in self.roles), "")

    @property
    def is_operator(self) -> bool:
        """Whether this is the operator's own staff or machine."""
        return self.kind == Organization.Kind.OPERATOR

    @property
    def is_merchant(self) -> bool:
        """Whether this reader acts for a merchant."""
        return self.kind == Organization.Kind.MERCHANT

    @property
    def is_partner(self) -> bool:
        """Whether this reader acts for a partner."""
        return self.kind == Organization.Kind.PARTNER

    def has_role(self, *roles: str) -> bool:
        """Tell whether this reader holds one of `roles`; an operator's administrator holds all of the operator's."""
        if self.is_operator and Role.ADMIN in self.roles:
            return any(r in {Role.ADMIN, Role.DISPATCHER, Role.PACKER, Role.SUPPORT} for r in roles)
        return any(r in self.roles for r in roles)

    def can(self, scope: str) -> bool:
        """Tell whether a machine's key carries `scope`; people are limited by role, not by scope."""
        return self.api_key_id is None or scope in self.scopes

    def require_role(self, *roles: str) -> None:
        """Raise NotAllowed unless this reader holds one of `roles`."""
        if not self.has_role(*roles):
            raise NotAllowed

    def require_scope(self, scope: str) -> None:
        """Raise NotAllowed when a machine's key lacks `scope`."""
        if not self.can(scope):
            raise NotAllowed(f"This API key does not carry the scope {scope}.")


NOBODY = Reader()


def reader_for_user(user: Any) -> Reader:
    """Return the reader of a signed-in person: their first active membership's organization (one query)."""
    if not user.is_authenticated or not user.is_active:
        return NOBODY
    held = list(
        Membership.objects.filter(user=user, is_active=True, organization__is_active=True)
        .select_related("organization")
        .order_by("id")
    )
    if not held:
        return Reader(user_id=user.pk)
    organization = held[0].organization
    roles = frozenset(m.role for m in held if m.organization_id == organization.pk)
    return Reader(
        user.pk, organization.pk, organization.kind, roles, timezone=organization.timezone
    )


def reader_for_key(key: ApiKey) -> Reader:
    """Return the reader of a machine that showed `key`."""
    organization = key.organization
    return Reader(
        organization_id=organization.pk,
        kind=organization.kind,
        scopes=frozenset(key.scopes),
        api_key_id=key.pk,
        timezone=organization.timezone,
    )


def reader_of(request: HttpRequest) -> Reader:
    """Return the reader of a request, whether Django's or DRF's."""
    key = getattr(request, "auth", None)
    if isinstance(key, ApiKey):
        return reader_for_key(key)
    inner = getattr(request, "_request", request)
    found = getattr(inner, "who", None)
    return found if found is not None else reader_for_user(request.user)
