"""“Where is it?”: one box, and the answer in one look."""

from typing import Any

from django.conf import settings

from common import clock
from common.accounts.models import Role
from common.accounts.readers import Reader
from delivery.orders.models import Consignment
from delivery.orders.queries import find_consignments
from delivery.orders.status import FINISHED, ON_THE_ROAD
from delivery.tracking.actions import open_link
from delivery.tracking.queries import history
from web.desk.forms import NewTimeForm

MOST = 20


def answers(reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page says about `text`: up to MOST consignments, each with its history and link."""
    found = list(find_consignments(reader, text)[: MOST + 1])
    return {
        "q": text,
        "found": [_answer(reader, c) for c in found[:MOST]],
        "has_more": len(found) > MOST,
    }


def _answer(reader: Reader, consignment: Consignment) -> dict[str, Any]:
    # The recipient's link is a capability: for the operator's desk and the merchant, not for who carries the parcel.
    has_link = reader.is_merchant or reader.has_role(Role.SUPPORT, Role.DISPATCHER)
    token = open_link(consignment=consignment, now=clock.now()) if has_link else ""
    hub = consignment.hub
    may_change = reader.is_operator and has_link and hub is not None
    is_open = consignment.status not in FINISHED | ON_THE_ROAD
    form = None
    if hub is not None and may_change and is_open:
        seen = {"version": consignment.version}
        form = NewTimeForm(hub=hub, now=clock.now(), initial=seen, auto_id=f"{consignment.code}_%s")
    return {
        "c": consignment,
        "form": form,
        "approach": getattr(consignment, "approach", None),
        "events": history(consignment.pk),
        "link": f"{settings.PUBLIC_URL}/t/{token}/" if token else "",
        "zone": consignment.hub.timezone if consignment.hub else reader.timezone,
    }
