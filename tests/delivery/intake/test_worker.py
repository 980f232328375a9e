"""A file on its way through a real worker, the process that takes orders in when nobody looks."""

import os
import subprocess
import sys

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from common import clock
from delivery.intake import actions, queries
from delivery.models import Consignment, Order
from tests.delivery.intake.test_csv_import import GOOD, HEADER
from tests.servers import ROOT, database_url
from tests.world import build


@pytest.mark.usefixtures("transactional_db")
def test_a_worker_reads_takes_in_and_looks_addresses_up() -> None:
    good = GOOD.replace("10:00,12:00", ",")
    lines = [good.replace("A-1", f"A-{n}") for n in range(1_001)]
    lines[1:] = [line.replace("700", "heavy") for line in lines[1:]]
    content = "\n".join([HEADER, *lines]).encode()
    file = actions.open_import(
        merchant=build().florist, filename="long.csv", content=content, now=clock.now()
    )
    assert file.state == "READING"  # one line more than is read at once

    _work()
    file.refresh_from_db()
    assert (file.state, queries.tally(file).good, queries.tally(file).bad) == ("PREVIEW", 1, 1_000)

    actions.confirm_import(import_id=file.pk, now=clock.now())
    _work()
    file.refresh_from_db()
    assert (file.state, queries.tally(file).taken) == ("DONE", 1)
    assert Order.objects.get().external_ref == "A-0"
    assert Consignment.objects.get().status in {"READY", "ADDRESS_REVIEW"}
    assert set(ProcrastinateJob.objects.values_list("status", flat=True)) == {"succeeded"}


def _work() -> None:
    """Let a worker do what waits, and end."""
    environment = os.environ | {"DATABASE_URL": database_url(str(connection.settings_dict["NAME"]))}
    command = [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
