"""Who may knock at which door. A new route must be listed here, or the matrix test fails."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from common import clock
from couriers.models import AssignmentRun
from delivery.models import CsvImport
from delivery.orders.status import Status
from delivery.tracking.actions import open_link
from routing.models import Plan, Route, Stop, StopConsignment
from tests.security.actors import (
    ADMIN,
    ANONYMOUS,
    COURIER,
    DISABLED,
    DISPATCHER,
    EVERYONE,
    KEY_OTHER,
    KEY_READ,
    KEY_REVOKED,
    KEY_TRACKING,
    KEY_WRITE,
    MANAGER,
    MERCHANT,
    OTHER_COURIER,
    OTHER_MANAGER,
    OTHER_MERCHANT,
    PACKER,
    STAFF,
    SUPPORT,
    UNATTACHED,
)
from tests.world import NOW, TODAY, World

PUBLIC_FILES = ("static/",)
ALL = frozenset(EVERYONE)
NOBODY: frozenset[str] = frozenset()
STAFF_ONLY = frozenset(STAFF)
# Everyone whose way in works, whatever they may do behind it.
KNOWN = ALL - {ANONYMOUS, DISABLED, KEY_REVOKED}
PEOPLE = KNOWN - {KEY_READ, KEY_WRITE, KEY_TRACKING, KEY_OTHER}
WITH_A_PLACE = PEOPLE - {UNATTACHED}
DISPATCH = frozenset({DISPATCHER, ADMIN})
DESK = frozenset({DISPATCHER, SUPPORT, ADMIN})
BENCH = frozenset({DISPATCHER, PACKER, ADMIN})
MERCHANTS = frozenset({MERCHANT, OTHER_MERCHANT})
MANAGERS = frozenset({MANAGER, OTHER_MANAGER})
COURIERS = frozenset({COURIER, OTHER_COURIER})
WRITERS = DESK | {MERCHANT, KEY_WRITE}
OTHER_WRITERS = frozenset({OTHER_MERCHANT, KEY_OTHER})


@dataclass(frozen=True)
class Door:
    """One route's policy: for each method who is let in (absent: the method is not offered and not tested).

    foreign: actors who may use such a door for their own objects, and must find the world's object missing.
    body: what a write sends, or a function of the objects' ids that returns it; it need not be valid, only get past the door. query: what follows the question mark.
    """

    get: frozenset[str] | None = None
    post: frozenset[str] | None = None
    patch: frozenset[str] | None = None
    put: frozenset[str] | None = None
    delete: frozenset[str] | None = None
    foreign: frozenset[str] = field(default_factory=frozenset)
    body: Any = None
    query: str = ""

    def sends(self, values: dict[str, Any]) -> Any:
        """Return the body of a write."""
        return self.body(values) if callable(self.body) else self.body

    def allowed(self, method: str) -> frozenset[str] | None:
        """Return who is let in with `method`, None where it is not offered."""
        found: frozenset[str] | None = getattr(self, method.lower())
        return found


_STEP = "api/v1/parcels/<uuid:parcel_id>/steps/<uuid:step_id>/"
_IMPORT = "api/v1/imports/<uuid:import_id>/"
_PLAN = "api/v1/plans/<uuid:plan_id>/"
_FILES = "merchant/imports/<uuid:import_id>/"
_MERCHANT_PAGE = DESK | {MERCHANT}
_OTHER_MERCHANT = frozenset({OTHER_MERCHANT})


def an_area(values: dict[str, Any]) -> dict[str, Any]:
    """Return a service area of Azul."""
    ring = [[24.94, 60.16], [24.95, 60.16], [24.95, 60.17], [24.94, 60.17], [24.94, 60.16]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {
        "partner": str(values["partner_id"]),
        "hub": str(values["hub_id"]),
        "name": "Harbour",
        "geometry": geometry,
    }


def a_shift(values: dict[str, Any]) -> dict[str, Any]:
    """Return a shift of Ana, tomorrow."""
    start = NOW + timedelta(days=1)
    return {
        "courier": str(values["courier_id"]), "vehicle": str(values["vehicle_id"]), "hub": str(values["hub_id"]),
        "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=4)).isoformat(),
    }  # fmt: skip


def a_vehicle(values: dict[str, Any]) -> dict[str, Any]:
    """Return a van of Azul."""
    return {
        "partner": str(values["partner_id"]),
        "kind": "VAN",
        "name": "Van 7",
        "capacity_g": 500_000,
        "capacity_ml": 3_000_000,
    }


POLICY: dict[str, Door] = {
    # anybody
    "healthz": Door(get=ALL),
    "readyz": Door(get=ALL),
    "api/v1/schema/": Door(get=ALL),
    "docs/api/": Door(get=ALL),
    "docs/errors/": Door(get=ALL),
    "docs/orders-example.csv": Door(get=ALL),
    "tiles/<int:z>/<int:x>/<int:y>.mvt": Door(get=ALL),
    "login/": Door(get=ALL),
    "i18n/setlang/": Door(post=ALL),
    r"^brand/(?P<colour>[0-9a-f]{6})\.css$": Door(get=ALL),
    "courier/sw.js": Door(get=ALL),
    "courier/app.webmanifest": Door(get=ALL),
    # whoever has the link
    "t/<str:token>/": Door(get=ALL),
    "t/<str:token>/state.json": Door(get=ALL),
    "t/<str:token>/window/": Door(post=ALL),
    "t/<str:token>/wishes/": Door(post=ALL),
    "t/<str:token>/rating/": Door(post=ALL),
    # a development machine only (the tests run without CARTEIRO_DEBUG)
    "styleguide/": Door(get=NOBODY),
    "styleguide/<slug:skin>/": Door(get=NOBODY),
    # everybody who signs in
    "": Door(get=WITH_A_PLACE),
    "logout/": Door(post=NOBODY),  # everybody is sent to the sign-in page
    "search/": Door(get=PEOPLE),
    # addresses
    "api/v1/addresses/search/": Door(get=DESK),
    "api/v1/addresses/spot/": Door(get=DESK),
    "api/v1/addresses/review/": Door(get=DESK),
    "api/v1/addresses/<uuid:address_id>/point/": Door(post=DESK, foreign=frozenset({PACKER, MERCHANT, MANAGER, COURIER})),
    # orders
    "api/v1/orders/": Door(get=KNOWN - {KEY_WRITE, KEY_TRACKING}, post=WRITERS | OTHER_WRITERS),
    "api/v1/orders/<uuid:order_id>/": Door(get=STAFF_ONLY | {MERCHANT, KEY_READ}, foreign=frozenset({OTHER_MERCHANT, KEY_OTHER, MANAGER})),
    "api/v1/orders/<uuid:order_id>/cancel/": Door(post=WRITERS, foreign=OTHER_WRITERS),
    "api/v1/consignments/<uuid:consignment_id>/": Door(
        get=STAFF_ONLY | {MERCHANT, MANAGER, KEY_READ}, patch=WRITERS, foreign=OTHER_WRITERS
    ),
    "api/v1/consignments/<uuid:consignment_id>/events/": Door(
        get=STAFF_ONLY | {MERCHANT, MANAGER, KEY_TRACKING}, foreign=OTHER_WRITERS | {OTHER_MANAGER}
    ),
    "api/v1/imports/": Door(get=WRITERS | OTHER_WRITERS, post=WRITERS | OTHER_WRITERS),
    _IMPORT: Door(get=WRITERS, foreign=OTHER_WRITERS),
    f"{_IMPORT}rows/": Door(get=WRITERS, foreign=OTHER_WRITERS),
    f"{_IMPORT}bad-rows.csv": Door(get=WRITERS, foreign=OTHER_WRITERS),
    f"{_IMPORT}confirm/": Door(post=WRITERS, foreign=OTHER_WRITERS),
    f"{_IMPORT}discard/": Door(post=WRITERS, foreign=OTHER_WRITERS),
    # packing
    "api/v1/hubs/<uuid:hub_id>/bench/": Door(get=BENCH, foreign=frozenset({MERCHANT, MANAGER, COURIER})),
    "api/v1/parcels/by-code/": Door(get=BENCH, query="code={parcel_code}"),
    "api/v1/parcels/<uuid:parcel_id>/": Door(get=BENCH, foreign=frozenset({MERCHANT, MANAGER, COURIER})),
    "api/v1/parcels/<uuid:parcel_id>/take-up/": Door(post=BENCH),
    "api/v1/parcels/<uuid:parcel_id>/override/": Door(post=BENCH),
    f"{_STEP}complete/": Door(post=BENCH),
    f"{_STEP}reject/": Door(post=BENCH),
    f"{_STEP}reopen/": Door(post=BENCH),
    f"{_STEP}photo/": Door(get=NOBODY),  # there is none yet
    # the network of partners
    "api/v1/partners/": Door(get=KNOWN, post=DISPATCH),
    "api/v1/partners/<uuid:partner_id>/": Door(get=DESK | {MANAGER}, patch=DISPATCH | {MANAGER}, foreign=frozenset({OTHER_MANAGER})),
    "api/v1/partners/<uuid:partner_id>/managers/": Door(post=DISPATCH),
    "api/v1/couriers/": Door(get=KNOWN, post=KNOWN),
    "api/v1/couriers/<uuid:courier_id>/": Door(
        get=DESK | {MANAGER, COURIER}, patch=DISPATCH | {MANAGER}, foreign=frozenset({OTHER_MANAGER, OTHER_COURIER})
    ),
    "api/v1/couriers/positions/": Door(get=KNOWN),
    "api/v1/vehicles/": Door(get=KNOWN, post=DISPATCH | {MANAGER}, body=a_vehicle),
    "api/v1/rate-cards/": Door(get=KNOWN, post=DISPATCH),
    "api/v1/areas/": Door(get=KNOWN, post=DISPATCH | {MANAGER}, body=an_area),
    "api/v1/areas/<uuid:area_id>/": Door(
        get=DESK | {MANAGER}, put=DISPATCH | {MANAGER}, delete=DISPATCH | {MANAGER}, body=an_area, foreign=frozenset({OTHER_MANAGER})
    ),
    "api/v1/shifts/": Door(get=KNOWN, post=DISPATCH | {MANAGER}, body=a_shift),
    "api/v1/shifts/<uuid:shift_id>/extend/": Door(post=DISPATCH | {MANAGER}, foreign=frozenset({OTHER_MANAGER})),
    # A courier may go off duty; only the own shift.
    "api/v1/shifts/<uuid:shift_id>/end/": Door(post=DISPATCH | {MANAGER, COURIER}, foreign=frozenset({OTHER_MANAGER, OTHER_COURIER})),
    # assignment
    "api/v1/assignments/": Door(post=DISPATCH),
    "api/v1/assignments/<uuid:run_id>/": Door(get=DESK),
    "api/v1/consignments/<uuid:consignment_id>/assignment/": Door(get=DESK, post=DISPATCH, delete=DISPATCH),
    "api/v1/offers/": Door(get=KNOWN),
    "api/v1/offers/answer/": Door(post=MANAGERS),
    # plans and routes
    "api/v1/plans/": Door(get=DISPATCH, post=DISPATCH),
    _PLAN: Door(get=DISPATCH),
    f"{_PLAN}publish/": Door(post=DISPATCH),
    f"{_PLAN}discard/": Door(post=DISPATCH),
    f"{_PLAN}cancel/": Door(post=DISPATCH),
    f"{_PLAN}compare/<uuid:other_id>/": Door(get=DISPATCH),
    f"{_PLAN}insert/": Door(post=DISPATCH),
    "api/v1/stops/<uuid:stop_id>/move/": Door(post=DISPATCH),
    f"{_PLAN}what-if/": Door(get=DISPATCH, post=DISPATCH),
    "api/v1/stops/<uuid:stop_id>/explain/": Door(get=DISPATCH),
    "api/v1/stops/<uuid:stop_id>/pin/": Door(post=DISPATCH),
    "api/v1/routes/<uuid:route_id>/lock/": Door(post=DISPATCH),
    "api/v1/routes/<uuid:route_id>/swap/": Door(post=DISPATCH),
    "api/v1/hubs/<uuid:hub_id>/planning/": Door(get=DISPATCH, put=DISPATCH),
    "api/v1/hubs/<uuid:hub_id>/travel-factors/": Door(get=DISPATCH, put=DISPATCH),
    "api/v1/routes/<uuid:route_id>/": Door(get=DESK | {MANAGER, COURIER}, foreign=frozenset({OTHER_MANAGER, OTHER_COURIER, MERCHANT})),
    "api/v1/board/<uuid:hub_id>/": Door(get=DISPATCH, foreign=frozenset({MERCHANT, MANAGER, COURIER})),
    # the courier's phone
    "api/v1/couriers/me/positions/": Door(post=COURIERS),
    "api/v1/couriers/me/commands/": Door(post=COURIERS),
    "api/v1/couriers/me/proofs/": Door(post=COURIERS),
    "api/v1/couriers/me/manifest/": Door(get=COURIERS),
    "courier/": Door(get=COURIERS),
    # pages
    "merchant/": Door(get=DESK | MERCHANTS),
    "merchant/orders/<uuid:order_id>/": Door(get=_MERCHANT_PAGE, foreign=_OTHER_MERCHANT),
    "merchant/orders/<uuid:order_id>/cancel/": Door(post=_MERCHANT_PAGE, foreign=_OTHER_MERCHANT),
    "merchant/imports/": Door(get=DESK | MERCHANTS, post=DESK | MERCHANTS),
    _FILES: Door(get=_MERCHANT_PAGE, foreign=_OTHER_MERCHANT),
    f"{_FILES}confirm/": Door(post=_MERCHANT_PAGE, foreign=_OTHER_MERCHANT),
    f"{_FILES}discard/": Door(post=_MERCHANT_PAGE, foreign=_OTHER_MERCHANT),
    f"{_FILES}bad-rows.csv": Door(get=_MERCHANT_PAGE, foreign=_OTHER_MERCHANT),
    "desk/": Door(get=DESK),
    "desk/new/": Door(get=DESK, post=DESK),
    "desk/orders/<uuid:order_id>/": Door(get=DESK),
    "desk/addresses/": Door(get=DESK),
    "desk/consignments/<uuid:consignment_id>/window/": Door(post=DESK),
    "desk/addresses/<uuid:address_id>/": Door(post=DESK),
    "pack/": Door(get=BENCH),
    "pack/<str:hub_code>/": Door(get=BENCH),
    "pack/<str:hub_code>/labels/": Door(get=BENCH),
    "pack/labels/<uuid:parcel_id>/": Door(get=BENCH),
    "partner/": Door(get=MANAGERS),
    "partner/capacity/": Door(post=MANAGERS),
    "partner/offers/": Door(get=MANAGERS),
    "partner/offers/answer/": Door(post=MANAGERS),
    "partner/people/": Door(get=MANAGERS),
    "partner/people/couriers/": Door(post=MANAGERS),
    "partner/people/shifts/": Door(post=MANAGERS),
    "partner/people/shifts/<uuid:shift_id>/end/": Door(post=frozenset({MANAGER}), foreign=frozenset({OTHER_MANAGER})),
    "partner/areas/": Door(get=MANAGERS),
    "partner/money/": Door(get=MANAGERS),
    "dispatch/": Door(get=DISPATCH),
    "dispatch/<str:hub_code>/": Door(get=DISPATCH),
    "dispatch/<str:hub_code>/plans/": Door(get=DISPATCH),
    "dispatch/<str:hub_code>/traffic/": Door(get=DISPATCH),
    "dispatch/<str:hub_code>/plans/<uuid:plan_id>/": Door(get=DISPATCH),
    "dispatch/<str:hub_code>/plans/<uuid:plan_id>/compare/<uuid:other_id>/": Door(get=DISPATCH),
}  # fmt: skip


def objects(world: World) -> dict[str, Any]:
    """Return a value for each name that stands in a route: the world's own objects (of Florista Lua, given to Azul, driven by Ana)."""
    consignment = world.consignment(Status.OUT_FOR_DELIVERY)
    parcel = consignment.parcels.get()
    address = consignment.address
    plan = Plan.objects.create(
        hub=world.hub, day=TODAY, state=Plan.State.PUBLISHED, seconds=5, created_at=NOW
    )
    other = Plan.objects.create(
        hub=world.hub, day=TODAY, state=Plan.State.DISCARDED, seconds=5, created_at=NOW
    )
    shift = world.ana.shifts.get()
    route = Route.objects.create(
        plan=plan,
        shift=shift,
        number=1,
        state=Route.State.RUNNING,
        planned_start_at=NOW,
        planned_end_at=NOW + timedelta(hours=2),
    )
    stop = Stop.objects.create(
        route=route,
        position=1,
        point=address.point,
        service_s=60,
        planned_at=NOW,
        eta_at=NOW + timedelta(minutes=30),
    )
    StopConsignment.objects.create(stop=stop, consignment=consignment, is_active=True)
    run = AssignmentRun.objects.create(day=TODAY, started_at=NOW)
    file = CsvImport.objects.create(
        merchant=world.florist,
        filename="orders.csv",
        sha256="0" * 64,
        encoding="utf-8",
        created_at=NOW,
        state=CsvImport.State.PREVIEW,
    )
    return {
        "z": 14, "x": 9328, "y": 4742, "skin": "field", "colour": "0f766e", "hub_code": world.hub.code,
        "token": open_link(consignment=consignment, now=clock.now()),
        "address_id": address.pk, "area_id": world.azul.areas.get().pk, "consignment_id": consignment.pk,
        "courier_id": world.ana.pk, "hub_id": world.hub.pk, "import_id": file.pk, "order_id": consignment.order_id,
        "other_id": other.pk, "parcel_id": parcel.pk, "parcel_code": parcel.code, "partner_id": world.azul.pk, "plan_id": plan.pk, "route_id": route.pk,
        "run_id": run.pk, "shift_id": shift.pk, "step_id": parcel.steps.order_by("position")[0].pk, "stop_id": stop.pk, "vehicle_id": shift.vehicle_id,
    }  # fmt: skip
