"""A plan solved by a real worker: the job, the solver's own process, and the plan as a dispatcher then sees it."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from routing.models import Plan
from routing.plans import actions
from tests import world as worlds
from tests.servers import ROOT, database_url

PATIENCE_S = 90


@pytest.mark.django_db(transaction=True)
def test_a_worker_solves_what_was_asked_for() -> None:
    world = worlds.build()
    now = timezone.now()
    # The worker has the real clock: the shifts are still to come by it.
    day = now.date() + timedelta(days=2)
    for courier in (world.ana, world.aino):
        shift = courier.shifts.get()
        shift.ends_at = shift.ends_at + (day - shift.starts_at.date())
        shift.starts_at = shift.starts_at + (day - shift.starts_at.date())
        shift.save()
    for _ in range(3):
        world.consignment("ACCEPTED", due_on=day)
    reader = world.reader(world.dispatcher)
    plan = actions.request_plan(
        hub_id=world.hub.pk, day=day, seconds=10, seed=1, reader=reader, now=now
    )
    env = {**os.environ, "DATABASE_URL": database_url(str(connection.settings_dict["NAME"]))}
    command = [
        sys.executable,
        "manage.py",
        "procrastinate",
        "worker",
        "--queues",
        "solve",
        "--one-shot",
    ]
    worker = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    plan.refresh_from_db()
    assert plan.state == Plan.State.READY, (plan.problem, worker.stderr[-2000:])
    assert (plan.figures["planned"], plan.figures["checked"]) == (3, True)
    assert plan.progress["stage"] == "done"
