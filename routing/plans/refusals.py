"""What a change by hand is refused for: the rule in the way, parcels that are loaded, a courier who has left."""

from django.utils.translation import gettext_lazy as _

from common.errors.domain import DomainError


class MoveRefused(DomainError):
    """The stop does not fit there; the message names the first broken rule and by how much."""

    code = "move_refused"
    title = _("It does not fit there")


class AlreadyLoaded(DomainError):
    """The parcels are in one vehicle: they can't change to another."""

    code = "already_loaded"
    title = _("Its parcels are loaded already: they can only change place on the same route.")


class RouteHasLeft(DomainError):
    """The other route's courier has left the hub."""

    code = "route_has_left"
    title = _("That courier has left the hub: nothing can be added to the route.")


class StopDone(DomainError):
    """The stop is done or the courier is at the door."""

    code = "stop_done"
    title = _("The courier is at this stop, or it is done: it can't be moved any more.")


class RouteLocked(DomainError):
    """The route is locked: its stops and their order stay as they are."""

    code = "route_locked"
    title = _("This route is locked: its stops and their order stay as they are. Unlock it first.")
