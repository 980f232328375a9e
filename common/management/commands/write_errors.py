"""Write docs/errors.md from the refusals in the code."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from common.errors.pages import as_markdown


class Command(BaseCommand):
    """Writes the catalogue of refusals."""

    help = "Write docs/errors.md from the refusals in the code."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.ROOT / "docs" / "errors.md"
        path.write_text(as_markdown())
        self.stdout.write(f"Wrote {path.relative_to(settings.ROOT)}.")
