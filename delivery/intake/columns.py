"""The columns of an order file: their names in English and Portuguese, and what each holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from delivery.intake.csv_text import Unreadable, plain


@dataclass(frozen=True)
class Column:
    """One column.

    name: as we write it. also: other names, as `plain` writes them. read: cell -> value (raises ValueError with a sentence).
    example: a cell of the template. needed: a file without it is no order file.
    """

    name: str
    also: tuple[str, ...] = ()
    read: Callable[[str], Any] = str
    example: str = ""
    needed: bool = False


def _number(cell: str) -> float:
    text = cell.replace("\u00a0", "").replace(" ", "")
    if "," in text and "." in text:  # 1.234,5 and 1,234.5
        text = text.replace("." if text.rfind(",") > text.rfind(".") else ",", "")
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise ValueError(_("“%(cell)s” is not a number.") % {"cell": cell[:40]}) from None


def _whole(cell: str) -> int:
    number = _number(cell)
    if number != number or abs(number) > 1e9 or number != int(number):
        raise ValueError(_("“%(cell)s” is not a whole number.") % {"cell": cell[:40]})
    return int(number)


def _scaled(factor: int) -> Callable[[str], int]:
    def read(cell: str) -> int:
        number = _number(cell) * factor
        if number != number or abs(number) > 1e9:
            raise ValueError(_("“%(cell)s” is not a number.") % {"cell": cell[:40]})
        return round(number)

    return read


_YES = {"1", "x", "y", "yes", "true", "s", "sim", "verdadeiro", "v"}
_NO = {"", "0", "n", "no", "nao", "false", "falso", "f"}


def _yes_no(cell: str) -> bool:
    word = plain(cell)
    if word in _YES | _NO:
        return word in _YES
    raise ValueError(_("“%(cell)s” is neither yes nor no.") % {"cell": cell[:40]})


def _day(cell: str) -> str:
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(cell, form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(
        _("“%(cell)s” is not a date. Write 2026-11-23 or 23/11/2026.") % {"cell": cell[:40]}
    )


COLUMNS = (
    Column(
        "external_ref",
        (
            "order",
            "order_id",
            "order_number",
            "reference",
            "ref",
            "pedido",
            "numero_do_pedido",
            "numero_pedido",
            "referencia",
        ),
        example="SHOP-10421",
        needed=True,
    ),
    Column("placed_at", ("ordered_at", "data_do_pedido", "pedido_em"), example=""),
    Column(
        "name",
        (
            "recipient",
            "recipient_name",
            "customer",
            "nome",
            "destinatario",
            "nome_do_destinatario",
            "cliente",
        ),
        example="Aino Virtanen",
        needed=True,
    ),
    Column(
        "phone", ("mobile", "telephone", "telefone", "celular", "fone"), example="+358401234567"
    ),
    Column("email", ("e_mail", "mail", "correio_eletronico"), example="aino@example.com"),
    Column("language", ("lang", "idioma", "lingua"), example="en"),
    Column("access_needs", ("accessibility", "acessibilidade"), example=""),
    Column(
        "address",
        (
            "address1",
            "address_line1",
            "line1",
            "street",
            "endereco",
            "logradouro",
            "rua",
            "endereco_1",
        ),
        example="Mannerheimintie 10 A 4",
        needed=True,
    ),
    Column("address2", ("address_line2", "line2", "complemento", "endereco_2"), example=""),
    Column("postcode", ("postal_code", "zip", "zip_code", "cep", "codigo_postal"), example="00100"),
    Column("city", ("town", "cidade", "municipio"), example="Helsinki"),
    Column("country", ("country_code", "pais"), example="FI"),
    Column(
        "instructions",
        ("notes", "delivery_notes", "instrucoes", "observacoes", "observacao"),
        example="Door code 2468",
    ),
    Column("lon", ("lng", "longitude"), _number, example=""),
    Column("lat", ("latitude",), _number, example=""),
    Column(
        "due_on",
        ("date", "delivery_date", "day", "data", "data_de_entrega", "entregar_em", "dia"),
        _day,
        example="",
    ),
    Column("window_start", ("from", "window_from", "janela_inicio", "inicio", "das"), example=""),
    Column("window_end", ("to", "until", "window_to", "janela_fim", "fim", "ate"), example=""),
    Column("priority", ("prioridade",), _whole, example=""),
    Column("service_s", ("service_time_s", "tempo_de_atendimento_s"), _whole, example=""),
    Column("seller", ("vendedor", "lojista"), example=""),
    Column(
        "gift_message",
        ("gift", "card", "message", "mensagem", "cartao", "presente"),
        example="Happy birthday!",
    ),
    Column(
        "parcel",
        ("parcel_ref", "parcel_reference", "box", "volume", "pacote", "caixa"),
        example="BOX-1",
    ),
    Column("weight_g", ("peso_g", "gramas"), _scaled(1), example="1200"),
    Column("weight_kg", ("weight", "kg", "peso", "peso_kg"), _scaled(1000)),
    Column("length_mm", ("comprimento_mm",), _scaled(1), example="300"),
    Column("length_cm", ("length", "comprimento", "comprimento_cm"), _scaled(10)),
    Column("width_mm", ("largura_mm",), _scaled(1), example="200"),
    Column("width_cm", ("width", "largura", "largura_cm"), _scaled(10)),
    Column("height_mm", ("altura_mm",), _scaled(1), example="95"),
    Column("height_cm", ("height", "altura", "altura_cm"), _scaled(10)),
    Column(
        "item",
        ("item_name", "product", "produto", "descricao", "nome_do_item", "nome_do_produto"),
        example="Twelve roses",
    ),
    Column("sku", ("product_code", "codigo", "codigo_do_produto"), example="R-12"),
    Column("quantity", ("qty", "quantidade", "qtd", "qtde"), _whole, example="1"),
    Column("fragile", ("is_fragile", "fragil"), _yes_no, example="yes"),
    Column("cold", ("is_cold", "chilled", "refrigerado", "gelado"), _yes_no, example="no"),
    Column("min_age", ("age", "idade_minima", "idade"), _whole, example="0"),
)
BY_NAME = {c.name: c for c in COLUMNS}
_BY_ANY = {other: c for c in COLUMNS for other in (c.name, *c.also)}
KNOWN = frozenset(_BY_ANY)
# What our own list of bad rows adds; it may be sent back with the rest.
ADDED = frozenset({"line", "problems"})
_UNITS = {name.rsplit("_", 1)[0] for name in BY_NAME if name.endswith(("_g", "_mm"))}


def columns_of(header: list[str]) -> list[Column | None]:
    """Return what each place of the header holds; None for a column that is not ours.

    Raises Unreadable when a needed column is missing or one is there twice.
    """
    found = [_BY_ANY.get(plain(name)) for name in header]
    names = [c.name for c in found if c]
    if missing := [c.name for c in COLUMNS if c.needed and c.name not in names]:
        raise Unreadable(
            _(
                "The first line must name the columns, and these are missing: %(names)s. The example file shows all of them."
            )
            % {"names": ", ".join(missing)}
        )
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise Unreadable(
            _("These columns are there twice: %(names)s. Keep one of each.")
            % {"names": ", ".join(twice)}
        )
    if both := sorted(u for u in _UNITS if sum(n.rsplit("_", 1)[0] == u for n in names) > 1):
        raise Unreadable(
            _("These are given in two units: %(names)s. Keep one of each.")
            % {"names": ", ".join(both)}
        )
    return found


def ignored(header: list[str]) -> list[str]:
    """Return the names of the columns that are not ours, as the file writes them."""
    return [name for name in header if plain(name) not in KNOWN | ADDED and name]


def template_rows(today: date) -> list[list[str]]:
    """Return the example file: every column once, one order of two parcels."""
    used = [c for c in COLUMNS if not c.name.endswith(("_kg", "_cm"))]
    first = [today.isoformat() if c.name == "due_on" else c.example for c in used]
    second = [
        {"parcel": "BOX-2", "item": "Glass vase", "sku": "V-3", "weight_g": "900"}.get(c.name, cell)
        for c, cell in zip(used, first, strict=True)
    ]
    return [[c.name for c in used], first, second]
