"""Typed lines are read in every order people write them."""

import pytest

from common.geo.text import number_key, number_range, plain, readings, street_search


@pytest.mark.parametrize(
    ("line", "street", "number"),
    [
        ("Mikonkatu 18", "mikonkatu", "18"),
        ("Mikonkatu 18 A 12, 00100 Helsinki", "mikonkatu", "18a"),
        ("18 Mikonkatu", "mikonkatu", "18"),
        ("7 Lönnrotinkatu", "lonnrotinkatu", "7"),
        ("2120 E Fairmont Ave, Baltimore 21231", "east fairmont avenue", "2120"),
        ("Rua 7 de Setembro, nº 120 apto 4", "rua 7 de setembro", "120"),
        ("R. 7 de Setembro 120", "rua 7 de setembro", "120"),
        ("ACME Ltda, Av. Paulista 1578", "avenue paulista", "1578"),
        ("5th Avenue 12", "5th avenue", "12"),
        ("12-14 High St", "high street", "12-14"),
        ("Av Borges de Medeiros", "avenue borges de medeiros", ""),
    ],
)
def test_the_meant_reading_is_among_the_readings(line: str, street: str, number: str) -> None:
    assert (street, number) in {(reading.street, reading.number) for reading in readings(line)}


@pytest.mark.parametrize("line", ["", "   ", ",", "18", "#", "é"])
def test_a_line_with_little_in_it_is_read_without_error(line: str) -> None:
    assert all(reading.street for reading in readings(line))


def test_accents_case_and_short_forms_make_no_difference() -> None:
    assert street_search("AV. SÃO JOÃO") == street_search("avenida sao joao")
    assert street_search("Königstraße") == plain("konigstrasse")


def test_a_long_line_of_numbers_gives_few_readings() -> None:
    assert len(readings(" ".join(f"word {n}" for n in range(60)))) <= 4


@pytest.mark.parametrize(
    ("housenumber", "bounds"),
    [
        ("18", (18, 18)),
        ("18 A", (18, 18)),
        ("12-16a", (12, 16)),
        ("12/3", (12, 12)),
        ("A", (None, None)),
        ("1-9999", (1, 1)),
    ],
)
def test_a_house_number_stands_for_its_whole_numbers(
    housenumber: str, bounds: tuple[int | None, int | None]
) -> None:
    assert number_range(housenumber) == bounds


def test_blanks_and_case_do_not_part_house_numbers() -> None:
    assert number_key("18 A") == number_key("18a")
