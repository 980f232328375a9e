"""Changes to partners and couriers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from common.accounts.models import Membership, Organization, Role, User
from common.errors.domain import DomainError, FieldProblem, InvalidInput, StaleVersion
from couriers.assignment.models import PartnerDay
from couriers.roster.models import Certificate, Courier, Partner
from couriers.vehicles.models import VehicleKind


class PartnerAlreadyExists(DomainError):
    """There is an organization with this short name."""

    code = "partner_already_exists"
    title = _("There is already an organization with this short name. Choose another one.")


class PersonAlreadyExists(DomainError):
    """Somebody signs in with this address."""

    code = "person_already_exists"
    title = _("Somebody already signs in with this email address. Use another one.")


@dataclass(frozen=True)
class NewPartner:
    """A partner to be. capacity: consignments a day. certificates: values of Certificate. on_time_share: 0 to 1."""

    name: str
    capacity: int
    slug: str = ""
    timezone: str = "UTC"
    language: str = "en"
    phone: str = ""
    certificates: tuple[str, ...] = ()
    on_time_share: Decimal = Decimal("0.950")
    auto_accepts: bool = False


@dataclass(frozen=True)
class PartnerChange:
    """What is to be changed of a partner; None leaves a field as it is."""

    daily_capacity: int | None = None
    auto_accepts: bool | None = None
    certificates: tuple[str, ...] | None = None
    on_time_share: Decimal | None = None
    is_active: bool | None = None


@dataclass(frozen=True)
class NewPerson:
    """Somebody who will sign in with an email address and a first password."""

    email: str
    name: str
    password: str = field(repr=False)
    language: str = "en"


@dataclass(frozen=True)
class NewCourier:
    """A courier to be. alias: the first name as chosen. rides: a VehicleKind."""

    person: NewPerson
    alias: str
    rides: str
    phone: str = ""
    certificates: tuple[str, ...] = ()


def _problem(pointer: str, code: str, detail: Any) -> FieldProblem:
    return {"pointer": pointer, "code": code, "detail": str(detail)}


def _check_certificates(certificates: Iterable[str]) -> list[FieldProblem]:
    unknown = sorted(set(certificates) - set(Certificate.values))
    known = ", ".join(Certificate.values)
    return [
        _problem(
            "/certificates",
            "unknown_certificate",
            _("“%(name)s” is no certificate. There are: %(known)s.")
            % {"name": name, "known": known},
        )
        for name in unknown
    ]


def _refuse(problems: Sequence[FieldProblem]) -> None:
    if problems:
        raise InvalidInput(errors=problems)


@transaction.atomic
def create_partner(*, new: NewPartner) -> Partner:
    """Create a partner with its organization. Called by the operator's door.

    Raises InvalidInput for an unknown certificate or zone, PartnerAlreadyExists for a slug that is taken.
    """
    problems = _check_certificates(new.certificates)
    if new.timezone not in available_timezones():
        problems.append(
            _problem(
                "/timezone", "unknown_timezone", _("Use a zone's name such as Europe/Helsinki.")
            )
        )
    slug = new.slug or slugify(new.name)
    if not slug:
        problems.append(_problem("/slug", "required", _("Give a short name of Latin letters.")))
    _refuse(problems)
    try:
        with transaction.atomic():
            organization = Organization.objects.create(
                kind=Organization.Kind.PARTNER,
                name=new.name,
                slug=slug,
                timezone=new.timezone,
                language=new.language,
                phone=new.phone,
            )
    except IntegrityError as error:
        raise PartnerAlreadyExists(slug=slug) from error
    return Partner.objects.create(
        organization=organization,
        daily_capacity=new.capacity,
        certificates=sorted(set(new.certificates)),
        on_time_share=new.on_time_share,
        auto_accepts=new.auto_accepts,
    )


@transaction.atomic
def update_partner(
    *, partner: Partner, change: PartnerChange, version: int, now: datetime
) -> Partner:
    """Change a partner; its counters from today on follow a new capacity, but never fall below what is taken.

    Called by the operator's and the partner's door. Raises InvalidInput, StaleVersion when `version` is not the newest.
    """
    _refuse(_check_certificates(change.certificates or ()))
    changed = {name: value for name, value in vars(change).items() if value is not None}
    if "certificates" in changed:
        changed["certificates"] = sorted(set(changed["certificates"]))
    found = Partner.objects.filter(pk=partner.pk, version=version)
    if not found.update(**changed, version=F("version") + 1):
        raise StaleVersion
    if change.daily_capacity is not None:
        PartnerDay.objects.filter(partner=partner, day__gte=now.date()).update(
            capacity=Greatest(F("taken"), change.daily_capacity)
        )
    partner.refresh_from_db()
    return partner


def _create_person(new: NewPerson, organization: Organization, role: str) -> User:
    try:
        validate_password(new.password)
    except ValidationError as error:
        raise InvalidInput(
            errors=[_problem("/password", "weak_password", " ".join(error.messages))]
        ) from error
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                new.email, new.password, name=new.name, language=new.language
            )
    except IntegrityError as error:
        raise PersonAlreadyExists from error
    Membership.objects.create(user=user, organization=organization, role=role)
    return user


@transaction.atomic
def create_manager(*, partner: Partner, new: NewPerson) -> User:
    """Create a partner manager, who can sign in at once. Called by the operator's door.

    Raises InvalidInput for a weak password, PersonAlreadyExists.
    """
    return _create_person(new, partner.organization, Role.PARTNER_MANAGER)


@transaction.atomic
def create_courier(*, partner: Partner, new: NewCourier) -> Courier:
    """Create a courier, who can sign in at once. Called by the operator's and the partner's door.

    Raises InvalidInput for an unknown certificate or kind, or a weak password; PersonAlreadyExists.
    """
    problems = _check_certificates(new.certificates)
    if new.rides not in VehicleKind.values:
        problems.append(_problem("/rides", "unknown_kind", _("Choose VAN, SCOOTER or BICYCLE.")))
    _refuse(problems)
    return Courier.objects.create(
        user=_create_person(new.person, partner.organization, Role.COURIER),
        partner=partner,
        alias=new.alias,
        phone=new.phone,
        rides=new.rides,
        certificates=sorted(set(new.certificates)),
    )


@transaction.atomic
def set_courier_active(*, courier: Courier, is_active: bool) -> Courier:
    """Let a courier work again, or no more: a courier who left can't sign in as one."""
    Courier.objects.filter(pk=courier.pk).update(is_active=is_active)
    Membership.objects.filter(
        user=courier.user_id, organization=courier.partner_id, role=Role.COURIER
    ).update(is_active=is_active)
    courier.refresh_from_db()
    return courier
