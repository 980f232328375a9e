"""Orders as a merchant's machine sends them."""

import copy
from typing import Any

from delivery.orders.examples import ORDER

ORDERS = "/api/v1/orders/"


def order(_ref: Any = "A-1", /, **changes: Any) -> dict[str, Any]:
    """Return the documented example with changes; a change {'a.b': v} reaches inside, and ... removes."""
    body = copy.deepcopy(ORDER) | {"external_ref": _ref}
    for path, value in changes.items():
        place: Any = body
        *way, last = path.split(".")
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        if value is ...:
            del place[last]
        else:
            place[int(last) if last.isdigit() else last] = value
    return body
