"""What would help a consignment that was left out, as a question that the plan can be asked."""

from typing import Any

import pytest
from django.template.loader import render_to_string

from routing.models import Plan, WhatIf
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


def answered(helped: list[str], lost: list[str]) -> str:
    """Return the HTML of an answer that is 2.00 dearer, with what gets and what loses its route."""
    figures = {"cost": 10_000_000, "routes": 1, "unplanned": 0, "metres": 1, "seconds": 1, "planned": 1}  # fmt: skip
    answer = {
        "before": figures,
        "after": figures | {"cost": 12_000_000},
        "costs": {"unserved": {"before": 0, "after": 0}},
        "moved": 0,
        "helped": helped,
        "left_out": lost,
        "routes": [],
    }
    row = WhatIf(
        plan=Plan(figures={"planned": 1, "unplanned": 0}),
        change={"kind": "later_window", "minutes": 5},
        state=WhatIf.State.DONE,
        answer=answer,
    )
    return render_to_string("web/plans/answer.html", {"one": questions.what_if(row, [])})


def test_dearer_is_bad_only_where_nothing_more_is_delivered() -> None:
    assert 'class="ink num" data-state="failed">2.00 EUR dearer' in answered([], [])
    assert 'class="ink num" data-state="">2.00 EUR dearer' in answered(["C1"], [])


def test_what_is_not_named_is_counted() -> None:
    codes = [f"C{n}" for n in range(10)]
    assert "C6, C7 and 2 more" in answered([], codes)
    assert "C6, C7<" in answered([], codes[:8])
