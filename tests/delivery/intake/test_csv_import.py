"""An order file's way in, from upload to orders."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from delivery.intake import actions, api, queries
from delivery.intake.actions import FileEmpty, FileTooLarge, ImportNotReady
from delivery.intake.models import CsvImport, CsvRow
from delivery.orders.models import Order
from tests.jobs import run_jobs
from tests.world import NOW, TODAY, World

HEADER = "external_ref,name,phone,address,city,weight_g,length_mm,width_mm,height_mm,item,fragile,parcel,window_start,window_end,seller"
GOOD = "A-1,Aino,+358401234567,Mannerheimintie 10,Helsinki,700,300,200,95,Roses,no,,10:00,12:00,"


@pytest.fixture(autouse=True)
def at_eight() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def upload(world: World, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> CsvImport:
    """Upload a file of the florist."""
    content = "\n".join([header, *lines]).encode(encoding)
    return actions.open_import(
        merchant=world.florist, filename="orders.csv", content=content, now=NOW
    )


def problems(file: CsvImport) -> list[tuple[int, str, str]]:
    """Return (line, column, code) of everything wrong."""
    return [(p["line"], p["column"], p["code"]) for row in file.rows.all() for p in row.problems]


def confirm(file: CsvImport) -> None:
    """Confirm and let a worker work."""
    actions.confirm_import(import_id=file.pk, now=NOW)
    run_jobs("take_in")


def test_nothing_is_an_order_before_it_is_confirmed(world: World) -> None:
    file = upload(world, GOOD)
    assert (file.state, file.encoding, file.content) == ("PREVIEW", "utf-8", None)
    assert not Order.objects.exists()

    confirm(file)

    order = Order.objects.get()
    consignment = order.consignments.get()
    assert (order.channel, order.external_ref, order.recipient.phone) == (
        "CSV",
        "A-1",
        "+358401234567",
    )
    # 10:00 in Helsinki is 08:00 UTC
    assert (consignment.due_on, consignment.window_start) == (TODAY, NOW.replace(hour=8))
    file.refresh_from_db()
    assert (file.state, queries.tally(file)) == (
        "DONE",
        queries.Tally(good=1, bad=0, known=0, taken=1),
    )


def test_lines_of_one_reference_are_one_order_wherever_they_stand(world: World) -> None:
    file = upload(
        world,
        "A-1,Aino,,Mannerheimintie 10,Helsinki,700,300,200,95,Roses,no,B1,,,Lua",
        "A-2,Eero,,Aleksanterinkatu 1,Helsinki,700,300,200,95,Book,no,,,,",
        "A-1,,,,,,,,,Card,no,B1,,,Lua",
        "A-1,Aino,,,,900,300,200,95,Vase,yes,B2,,,Lua",
        "A-1,,,,,500,100,100,95,Wine,yes,,,,Norte",
    )
    confirm(file)
    order = Order.objects.get(external_ref="A-1")
    boxes = [
        (
            c.seller,
            [
                (p.reference, [i.name for i in p.items.order_by("pk")], p.is_fragile)
                for p in c.parcels.all()
            ],
        )
        for c in order.consignments.order_by("pk")
    ]
    assert boxes == [
        ("Lua", [("B1", ["Roses", "Card"], False), ("B2", ["Vase"], True)]),
        ("Norte", [("", ["Wine"], True)]),
    ]
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (GOOD.replace("A-1", ""), (2, "external_ref", "blank")),
        (GOOD.replace("Aino", ""), (2, "name", "required")),
        (GOOD.replace("Mannerheimintie 10", ""), (2, "address", "required")),
        (GOOD.replace("+358401234567", "12"), (2, "phone", "phone_unknown")),
        (GOOD.replace("700", "heavy"), (2, "weight_g", "invalid")),
        (GOOD.replace("700", "0"), (2, "weight_g", "min_value")),
        (GOOD.replace("700", ""), (2, "weight_g", "required")),
        (GOOD.replace("700", "70001"), (2, "", "parcel_too_large")),
        (GOOD.replace("no", "maybe"), (2, "fragile", "invalid")),
        (GOOD.replace("12:00", ""), (2, "window_end", "required")),
        (GOOD.replace("12:00", "09:00"), (2, "window_start", "window_not_possible")),
        (GOOD.replace("10:00,12:00", "05:00,07:00"), (2, "window_start", "window_not_possible")),
        (GOOD.replace("10:00", "ten o'clock"), (2, "window_start", "invalid")),
        (GOOD + ",Extra", (2, "", "too_many_cells")),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(
    world: World, line: str, expected: tuple[int, str, str]
) -> None:
    file = upload(world, line, GOOD.replace("A-1", "A-9"))
    assert problems(file) == [expected]
    tally = queries.tally(file)
    assert (tally.good, tally.bad) == (1, 1)

    confirm(file)
    assert [o.external_ref for o in Order.objects.all()] == ["A-9"]


def test_lines_that_contradict_each_other_are_asked_about(world: World) -> None:
    file = upload(world, GOOD, GOOD.replace("Aino", "Eero"))
    assert problems(file) == [(3, "name", "contradiction")]


def test_a_problem_of_the_second_parcel_is_shown_in_its_line(world: World) -> None:
    file = upload(world, GOOD, GOOD.replace("700", "-5"))
    assert problems(file) == [(3, "weight_g", "min_value")]


def test_the_same_file_again_enters_nothing_twice(world: World) -> None:
    first = upload(world, GOOD)
    confirm(first)
    again = upload(world, GOOD, GOOD.replace("A-1", "A-2"))
    assert queries.tally(again) == queries.Tally(good=1, bad=0, known=1, taken=0)
    confirm(again)
    assert sorted(Order.objects.values_list("external_ref", flat=True)) == ["A-1", "A-2"]


def test_an_order_that_came_in_between_preview_and_confirmation_is_not_doubled(
    world: World,
) -> None:
    file = upload(world, GOOD)
    world.order(external_ref="A-1")
    confirm(file)
    assert Order.objects.count() == 1
    assert queries.tally(file).known == 1
    file.refresh_from_db()
    assert file.state == "DONE"


def test_a_window_that_ended_before_the_confirmation_is_said_so(world: World) -> None:
    file = upload(world, GOOD)
    actions.confirm_import(import_id=file.pk, now=NOW)
    actions.take_in(import_id=file.pk, first=0, last=9, now=NOW + timedelta(hours=5))
    assert not Order.objects.exists()
    assert [code for _, _, code in problems(file)] == ["window_not_possible"]


def test_a_job_that_was_stopped_halfway_goes_on_where_it_was(world: World) -> None:
    file = upload(world, *(GOOD.replace("A-1", f"A-{n}") for n in range(5)))
    actions.confirm_import(import_id=file.pk, now=NOW)
    actions.take_in(import_id=file.pk, first=2, last=3, now=NOW)
    file.refresh_from_db()
    assert (file.state, Order.objects.count()) == ("RUNNING", 2)
    for _ in range(2):
        actions.take_in(import_id=file.pk, first=2, last=9, now=NOW)
    file.refresh_from_db()
    assert (file.state, Order.objects.count()) == ("DONE", 5)


def test_a_file_is_confirmed_once_and_discarded_only_before(world: World) -> None:
    file = upload(world, GOOD)
    confirm(file)
    confirm(file)
    assert Order.objects.count() == 1
    with pytest.raises(ImportNotReady):
        actions.discard_import(import_id=file.pk, now=NOW)

    other = upload(world, GOOD.replace("A-1", "A-2"))
    actions.discard_import(import_id=other.pk, now=NOW)
    assert not other.rows.exists()
    with pytest.raises(ImportNotReady):
        actions.confirm_import(import_id=other.pk, now=NOW)


def test_a_file_without_a_good_order_cannot_be_confirmed(world: World) -> None:
    file = upload(world, GOOD.replace("Aino", ""))
    with pytest.raises(ImportNotReady):
        actions.confirm_import(import_id=file.pk, now=NOW)


def test_bad_lines_come_back_as_they_were_with_their_reasons_and_can_be_sent_again(
    world: World,
) -> None:
    file = upload(
        world,
        GOOD,
        GOOD.replace("A-1", "A-2").replace("Aino", "=HYPERLINK(0)").replace("700", "heavy"),
    )
    text = api.bad_rows_csv(file).decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(text))
    assert header == [*HEADER.split(","), "line", "problems"]
    assert row[:3] == ["A-2", "'=HYPERLINK(0)", "'+358401234567"]
    assert row[-2:] == ["3", "weight_g: “heavy” is not a number."]

    mended = text.replace("heavy", "800").encode()
    again = actions.open_import(
        merchant=world.florist, filename="mended.csv", content=mended, now=NOW
    )
    confirm(again)
    assert Order.objects.get(external_ref="A-2").recipient.name == "=HYPERLINK(0)"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_brazilian_spreadsheets_file_is_understood(world: World, encoding: str) -> None:
    header = "Pedido;Destinatário;Endereço;Cidade;Peso (kg);Comprimento;Largura;Altura;Frágil;Data de entrega;Das;Até"
    line = "B-1;João da Silva;Mannerheimintie 10;Helsinki;1,25;30;20;9,5;sim;21/11/2026;14:00;16:00"
    confirm(upload(world, line, header=header, encoding=encoding))
    order = Order.objects.get()
    parcel = order.consignments.get().parcels.get()
    assert order.recipient.name == "João da Silva"
    # 1,25 kg and 30 x 20 x 9,5 cm
    assert (parcel.weight_g, parcel.length_mm, parcel.width_mm, parcel.height_mm) == (
        1250,
        300,
        200,
        95,
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04spreadsheet", "spreadsheet"),
        (b"a,b,c\n1,2,3\n", "these are missing"),
        (HEADER.encode(), "holds no orders"),
        (HEADER.encode() + b'\nA-1,"Aino' + b"x" * 20_000, "never closed"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    world: World, content: bytes, sentence: str
) -> None:
    file = actions.open_import(merchant=world.florist, filename="x.csv", content=content, now=NOW)
    assert file.state == "UNREADABLE"
    assert sentence in file.problem
    with pytest.raises(ImportNotReady):
        actions.confirm_import(import_id=file.pk, now=NOW)


def test_an_empty_and_an_endless_file_are_refused(world: World, settings: object) -> None:
    with pytest.raises(FileEmpty):
        actions.open_import(merchant=world.florist, filename="x.csv", content=b" \n", now=NOW)
    with pytest.raises(FileTooLarge):
        actions.open_import(
            merchant=world.florist, filename="x.csv", content=b"x" * 12_000_001, now=NOW
        )
    assert not CsvImport.objects.exists()


def test_twenty_thousand_rows_are_read_and_confirmed_in_the_background(world: World) -> None:
    lines = [
        f"L-{n},Aino,,Mannerheimintie {n % 90},Helsinki,700,300,200,95,Roses,no,,,,"
        for n in range(20_000)
    ]
    lines[12_345] = lines[12_345].replace(",700,", ",heavy,")
    file = upload(world, *lines)
    assert (file.state, file.lines_total) == ("READING", 20_000)
    assert not CsvRow.objects.exists()

    run_jobs("read_file")
    file.refresh_from_db()
    assert (file.state, file.lines_read) == ("PREVIEW", 20_000)
    assert queries.tally(file) == queries.Tally(good=19_999, bad=1, known=0, taken=0)
    assert problems(file) == [(12_347, "weight_g", "invalid")]

    actions.confirm_import(import_id=file.pk, now=NOW)
    # a slice of one of the twenty jobs; each order of the rest goes the same way
    assert actions.take_in(import_id=file.pk, first=2, last=31, now=NOW) == 30
    assert Order.objects.count() == 30
