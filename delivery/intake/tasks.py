"""The background door of order files."""

from uuid import UUID

from django.utils import translation
from procrastinate.contrib.django import app

from common import clock
from delivery.intake import actions


@app.task(name=actions.READ_FILE, queue="default")
def read_file(import_id: str, language: str | None) -> None:
    """Read a long file; the sentences are in its sender's language."""
    with translation.override(language):
        actions.read_import(import_id=UUID(import_id), now=clock.now())


@app.task(name=actions.TAKE_IN, queue="default", retry=3)
def take_in(import_id: str, first: int, last: int, language: str | None) -> None:
    """Make orders of part of a confirmed file."""
    with translation.override(language):
        actions.take_in(import_id=UUID(import_id), first=first, last=last, now=clock.now())
