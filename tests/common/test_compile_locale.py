import gettext
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

CATALOGUE = """\
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "parcel"
msgid_plural "parcels"
msgstr[0] "pacote"
msgstr[1] "pacotes"

msgid "Sign in"
msgstr "Entrar"

#, fuzzy
msgid "Sign out"
msgstr "Entrar"
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "web/locale/pt_BR/LC_MESSAGES/django.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE)
    return path


def test_compiled_texts_are_what_the_catalogue_says(catalogue: Path, tmp_path: Path) -> None:
    call_command("compile_locale", root=tmp_path, verbosity=0)

    with catalogue.with_suffix(".mo").open("rb") as compiled:
        texts = gettext.GNUTranslations(compiled)
    assert texts.gettext("Sign in") == "Entrar"
    assert texts.ngettext("parcel", "parcels", 2) == "pacotes"


def test_a_fuzzy_text_stays_untranslated(catalogue: Path, tmp_path: Path) -> None:
    call_command("compile_locale", root=tmp_path)

    with catalogue.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Sign out") == "Sign out"


def test_only_a_changed_catalogue_is_compiled_again(
    catalogue: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("compile_locale", root=tmp_path)
    assert capsys.readouterr().out == "web/locale/pt_BR/LC_MESSAGES/django.po: 2 texts\n"

    call_command("compile_locale", root=tmp_path)
    assert capsys.readouterr().out == ""

    later = catalogue.with_suffix(".mo").stat().st_mtime + 1
    os.utime(catalogue, (later, later))
    call_command("compile_locale", root=tmp_path)
    assert capsys.readouterr().out == "web/locale/pt_BR/LC_MESSAGES/django.po: 2 texts\n"


def test_a_broken_catalogue_is_named_with_its_line(catalogue: Path, tmp_path: Path) -> None:
    broken = CATALOGUE + 'msgid "x"\nmsgtxt "x"\n'
    catalogue.write_text(broken)

    last = len(broken.splitlines())
    with pytest.raises(CommandError, match=rf"django\.po .*line {last}.*mend that line"):
        call_command("compile_locale", root=tmp_path)
