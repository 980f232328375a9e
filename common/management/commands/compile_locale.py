"""Compile the translation catalogues; needs no msgfmt, so it runs wherever Carteiro does."""

from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Compile every floor's django.po and djangojs.po whose compiled file is missing or older."""

    help = __doc__ or ""
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take another folder than the project's, for tests and packagers."""
        parser.add_argument("--root", type=Path, default=settings.ROOT)

    def handle(self, *args: Any, root: Path, **options: Any) -> None:
        """Compile what is out of date and say how many entries each catalogue holds."""
        for catalogue in sorted(root.glob("*/locale/*/LC_MESSAGES/django*.po")):
            compiled = catalogue.with_suffix(".mo")
            if compiled.exists() and compiled.stat().st_mtime_ns >= catalogue.stat().st_mtime_ns:
                continue
            entries = self._compile(catalogue, compiled)
            self.stdout.write(f"{catalogue.relative_to(root)}: {entries} texts")

    def _compile(self, catalogue: Path, compiled: Path) -> int:
        try:
            texts = polib.pofile(str(catalogue), check_for_duplicates=True)
        except (OSError, ValueError) as error:
            raise CommandError(
                f"{catalogue} cannot be compiled ({error}): mend that line."
            ) from error
        draft = compiled.with_suffix(".mo.tmp")
        texts.save_as_mofile(str(draft))
        draft.replace(compiled)
        return len(texts.translated_entries())
