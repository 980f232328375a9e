"""What would help a consignment that was left out, as a question that the plan can be asked."""

from typing import Any

import pytest

from routing.plans.what_if import MOST_MINUTES
from web.dispatch.plans import questions


def left_out(code: str, minutes: int) -> dict[str, Any]:
    """Return a consignment left out as `queries.left_out_data` does, with one change that would help."""
    action = {"code": code, "shift": "s", "figures": {"by_min": minutes, "job": "c"}}
    return {"consignment": "c", "reasons": [], "action": action}


@pytest.mark.parametrize("code", ["widen_window", "widen_window_of", "extend_shift"])
def test_only_what_can_be_asked_is_a_question(code: str) -> None:
    asked = questions.left_out(left_out(code, MOST_MINUTES))["question"]
    assert asked["minutes"] == MOST_MINUTES
    # One minute more would be refused: there is no button for it.
    assert questions.left_out(left_out(code, MOST_MINUTES + 1))["question"] is None
