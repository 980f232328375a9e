"""From the bytes of a CSV file to its lines: which alphabet, which separator. Knows nothing of orders."""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

SEPARATORS = (",", ";", "\t", "|")
# A spreadsheet runs a cell that starts with one of these (OWASP, CSV Injection, read 2026-11); a quote before it makes it text.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 10_000


class Unreadable(ValueError):
    """The whole file can't be read; the message tells the sender what to do."""


@dataclass(frozen=True)
class Text:
    """A file's text. encoding: as Python names it."""

    encoding: str
    text: str


def decode(content: bytes) -> Text:
    """Return the text of a file: UTF-8 or UTF-16 with or without mark, else the Windows code page of western Europe.

    Raises Unreadable for what is no text at all.
    """
    if content.startswith(b"PK\x03\x04") or content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            _("This is a spreadsheet, not a CSV file. In your program choose “Save as”, then CSV.")
        )
    for encoding in _likely(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return Text(encoding, text.removeprefix("\ufeff"))
    raise Unreadable(
        _("This is not a text file. Save your orders as CSV (UTF-8) and choose that file.")
    )


def _likely(content: bytes) -> list[str]:
    if content.startswith(codecs.BOM_UTF8):
        return ["utf-8-sig"]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    start = content[:2000]
    # In UTF-16 every second byte of western text is zero.
    if len(start) >= 4 and start[1::2].count(0) > len(start) // 4:
        return ["utf-16-le"]
    if len(start) >= 4 and start[::2].count(0) > len(start) // 4:
        return ["utf-16-be"]
    # cp1252 is what Latin-1 files really are, but for five unused places, which latin-1 has.
    return ["utf-8", "cp1252", "latin-1"]


def separator_of(first_line: str, known: frozenset[str]) -> str:
    """Return the separator under which most cells of the first line are `known` names (as `plain` writes them)."""

    def score(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([first_line], delimiter=separator), [])
        return sum(plain(cell) in known for cell in cells), len(cells)

    return max(SEPARATORS, key=score)


def plain(name: str) -> str:
    """Return a column's name as it is compared: lower case, without accents, words joined by _."""
    bare = unicodedata.normalize("NFKD", name.strip().casefold())
    letters = "".join(c if c.isalnum() else " " for c in bare if not unicodedata.combining(c))
    return "_".join(letters.split())


def first_line(text: str) -> str:
    """Return the first line that holds something, without its end."""
    return next((line for line in io.StringIO(text, newline=None) if line.strip()), "").rstrip("\n")


def lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of its first line in the file, cells) for each record that holds something, header included.

    Raises Unreadable where quotes never close.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    csv.field_size_limit(_LONGEST_CELL)
    starts_at = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield starts_at, [_unquoted(cell.strip()) for cell in cells]
            starts_at = reader.line_num + 1
    except csv.Error as error:
        sentence = _(
            "Line %(line)d can't be read: a quotation mark is opened there and never closed."
        )
        raise Unreadable(sentence % {"line": starts_at}) from error


def _unquoted(cell: str) -> str:
    """Return the cell without the quote that `safe` put before it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_DANGEROUS) else cell


def safe(cell: str) -> str:
    """Return the cell so that no spreadsheet runs it as a formula."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def write(rows: list[list[str]]) -> bytes:
    """Return rows as a CSV file that spreadsheets open as it is meant: UTF-8 with mark, no formulas, CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + out.getvalue().encode()
