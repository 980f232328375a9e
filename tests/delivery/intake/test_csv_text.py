"""From bytes to lines: whatever a spreadsheet program saves."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.intake import csv_text
from delivery.intake.columns import KNOWN, columns_of, template_rows
from tests.world import TODAY

TEXT = "pedido;nome;endereço\r\nA-1;João;Rua São José 1\r\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
)
def test_each_encoding_is_found_out(encoding: str) -> None:
    assert csv_text.decode(TEXT.encode(encoding)).text == TEXT


def test_the_quotes_and_dashes_of_windows_are_kept() -> None:
    assert csv_text.decode("name\n“Zé” – café €".encode("cp1252")).text == "name\n“Zé” – café €"


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest", b"a\x00b\xffc\x00\x00\x00", bytes(range(256)) * 4],
)
def test_what_is_no_text_is_said_so(content: bytes) -> None:
    with pytest.raises(csv_text.Unreadable, match="CSV"):
        csv_text.decode(content)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_each_separator_is_found_out(separator: str) -> None:
    assert csv_text.separator_of(separator.join(["pedido", "nome", "endereço"]), KNOWN) == separator


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    text = 'a,b\n\n1,"two\nlines"\n;;\n2,x\n'
    assert [(n, c) for n, c in csv_text.lines(text, ",")] == [
        (1, ["a", "b"]),
        (3, ["1", "two\nlines"]),
        (5, [";;"]),
        (6, ["2", "x"]),
    ]


def test_a_quote_that_never_closes_is_named_by_its_line() -> None:
    text = 'a,b\n1,2\n3,"' + "x" * 20_000
    with pytest.raises(csv_text.Unreadable, match="Line 3"):
        list(csv_text.lines(text, ","))


_cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20).map(
    str.strip
)


# A busy machine is slow, not wrong.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(_cells, min_size=2, max_size=2), max_size=5))
def test_what_we_write_runs_nowhere_and_reads_back_the_same(rows: list[list[str]]) -> None:
    written = csv_text.write(rows).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(written, newline="")) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    quoted = ("'=", "'+", "'-", "'@", "'\t", "'\r")  # a cell that came with such a quote loses it
    meant = [[c[1:] if c.startswith(quoted) else c for c in row] for row in rows if any(row)]
    assert [row for _, row in csv_text.lines(written, ",")] == meant


def test_the_example_file_names_every_column_once() -> None:
    header, first, second = template_rows(TODAY)
    assert all(columns_of(header))
    assert len(header) == len(set(header)) == len(first) == len(second)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (["name", "address"], "external_ref"),
        (["external_ref", "name", "nome", "address"], "twice: name"),
        (["ref", "name", "address", "weight_g", "peso_kg"], "two units: weight"),
    ],
)
def test_a_header_that_cannot_be_meant_is_said_so(header: list[str], sentence: str) -> None:
    with pytest.raises(csv_text.Unreadable, match=sentence):
        columns_of(header)


def test_portuguese_headers_are_known() -> None:
    header = (
        "Número do pedido;Nome do destinatário;Telefone;CEP;Endereço;Complemento;Cidade;País;Observações;"
        "Peso (kg);Comprimento;Largura;Altura;Produto;Quantidade;Frágil;Refrigerado;Idade mínima;Mensagem;"
        "Janela início;Janela fim;Data de entrega"
    )
    assert [c.name for c in columns_of(header.split(";")) if c] == [
        "external_ref", "name", "phone", "postcode", "address", "address2", "city", "country", "instructions",
        "weight_kg", "length_cm", "width_cm", "height_cm", "item", "quantity", "fragile", "cold", "min_age",
        "gift_message", "window_start", "window_end", "due_on",
    ]  # fmt: skip
