"""How a room asks for background work: the job is a row of the caller's own transaction, in a page, a command and a worker alike.

Not `procrastinate.contrib.django.app`: inside a worker that one has a connection of its own, and a job would start before
the transaction that asked for it is committed.
"""

from typing import Any, cast

from django.utils.functional import SimpleLazyObject
from procrastinate import App
from procrastinate.contrib.django.django_connector import DjangoConnector


def _make() -> App:
    return App(connector=DjangoConnector(alias="default"))


# Tasks are named, not imported: a lower floor may ask for work that a higher one does.
jobs: App = cast("Any", SimpleLazyObject(_make))
