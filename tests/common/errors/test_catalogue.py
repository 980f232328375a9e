"""Every refusal is described where its document points, and a stranger can read it."""

import re

import pytest
from django.conf import settings
from django.test import Client

from common.errors.domain import catalogue
from common.errors.handler import TYPE_ROOT
from common.errors.pages import as_markdown, entries

WRITTEN = (settings.ROOT / "docs" / "errors.md").read_text()


def test_the_written_catalogue_is_the_codes() -> None:
    assert as_markdown() == WRITTEN, "Run: bin/run python manage.py write_errors"


def test_every_code_is_there_once() -> None:
    headings = re.findall(r"^## (\w+)$", WRITTEN, re.MULTILINE)
    assert set(catalogue()) - {"refused"} <= set(headings)
    assert len(headings) == len(set(headings))


def test_every_refusal_says_what_to_do_in_a_sentence() -> None:
    for entry in entries():
        assert entry.told[0].isupper(), entry
        assert entry.meaning.endswith("."), entry
        assert 400 <= entry.status < 600


@pytest.mark.django_db
def test_a_problem_documents_type_leads_to_its_entry() -> None:
    answer = Client().get("/api/v1/orders/")
    assert answer["Content-Type"] == "application/problem+json"
    kind = answer.json()["type"]
    assert kind.startswith(TYPE_ROOT)
    page, anchor = kind.split("#")
    assert f'id="{anchor}"' in Client().get(page).content.decode()
