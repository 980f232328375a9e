"""One spelling for street names and house numbers, applied to the map and to what people type. No database here."""

import re
import unicodedata
from dataclasses import dataclass

# Short and long forms of the words around a street's own name become one. Where there is a choice it is the long
# one: a slip of the finger in "aveneu" then still looks like "avenue". Both sides are changed alike, so a wrong
# guess ("e" is also "and") costs nothing.
_SAME_WORD = {
    short: word
    for word, shorts in {
        "avenue": "av ave avda avenida aven",
        "street": "st",
        "strasse": "str",
        "road": "rd",
        "lane": "ln",
        "boulevard": "blvd bd boul bvd",
        "court": "ct",
        "parkway": "pkwy",
        "highway": "hwy",
        "square": "sq",
        "terrace": "ter",
        "heights": "hts",
        "circle": "cir",
        "alley": "aly",
        "north": "n",
        "south": "s",
        "east": "e",
        "west": "w",
        "rua": "r",
        "travessa": "tv trav",
        "praca": "pc pca",
        "alameda": "al",
        "estrada": "estr",
        "rodovia": "rod",
        "largo": "lg",
        "ladeira": "lad",
        "quadra": "qd",
        "vila": "vl",
        "jardim": "jd",
        "parque": "pq",
        "dr": "drive doutor",
        "dra": "doutora",
        "professor": "prof",
        "professora": "profa",
        "general": "gen",
        "coronel": "cel",
        "marechal": "mal",
        "capitao": "cap",
        "senador": "sen",
        "presidente": "pres",
        "visconde": "visc",
        "brigadeiro": "brig",
        "desembargador": "des",
        "engenheiro": "eng",
        "padre": "pe",
        "santo": "sto",
        "santa": "sta",
        "nossa": "nsa",
        "senhora": "sra",
        "calle": "c",
        "carrera": "cra",
        "carretera": "ctra",
        "plaza": "pza",
        "place": "pl",
    }.items()
    for short in shorts.split()
}
# Letters that do not decompose into a plain letter and an accent.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "Ø": "o",
        "ł": "l",
        "Ł": "l",
        "đ": "d",
        "Đ": "d",
        "æ": "ae",
        "Æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ı": "i",
    }
)
_NOT_WORD = re.compile(r"[^\w]+|_")
_NUMBER = re.compile(r"\d+(?:\s?[a-z](?!\w))?(?:\s?[-/–]\s?\d+(?:[a-z](?!\w))?)?", re.IGNORECASE)
_NUMBER_WORD = re.compile(r"\b(?:n[o°º]?\.?|nr\.?|num\.?|n[uú]mero|#)\s*(?=\d)", re.IGNORECASE)
_RANGE = re.compile(r"(\d+)[a-z]?(?:[-/;,–](\d+)[a-z]?)?", re.IGNORECASE)


def plain(text: str) -> str:
    """Return the text in lower case, without accents and punctuation, words parted by one blank."""
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS).casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", text).strip()


def street_search(text: str) -> str:
    """Return the spelling by which street names are compared."""
    return " ".join(_SAME_WORD.get(word, word) for word in plain(text).split())


def number_key(housenumber: str) -> str:
    """Return a house number as it is compared: "18 A" and "18a" are one."""
    return re.sub(r"\s+", "", housenumber).casefold().replace("–", "-")


def number_range(housenumber: str) -> tuple[int | None, int | None]:
    """Return the lowest and highest whole number a house number stands for ("12-16a" -> 12, 16)."""
    found = _RANGE.search(re.sub(r"\s+", "", housenumber))
    if found is None:
        return None, None
    low = int(found[1][:9])
    high = int(found[2][:9]) if found[2] else low
    # "12/3" is house 12, flat 3: a second part that is not larger is no range.
    return (low, high) if high > low and high - low <= 200 else (low, low)


@dataclass(frozen=True)
class Reading:
    """One way to read a typed address line.

    street: normalised street name. number: house number key, or "". rest: normalised text that follows the number.
    """

    street: str
    number: str
    rest: str


def readings(line: str, most: int = 4) -> list[Reading]:
    """Return the ways to read "street and number" as typed, in either order, without deciding between them."""
    line = _NUMBER_WORD.sub("", line)
    found = []
    for match in _NUMBER.finditer(line):
        glued = match.start() > 0 and line[match.start() - 1].isalnum()
        followed = match.end() < len(line) and line[match.end()].isalnum()
        if glued or followed:
            continue
        before, after = line[: match.start()], line[match.end() :]
        head = street_search(before)
        if head:
            found.append(Reading(head, number_key(match[0]), plain(after)))
            if "," in before.rstrip(" ,"):
                # "ACME Ltd, Main Street 5": the street is what stands right before the number.
                last = street_search(before.rstrip(" ,").rsplit(",", 1)[1])
                if last:
                    found.append(Reading(last, number_key(match[0]), plain(after)))
        else:
            # "2120 E Fairmount Ave": after a leading number a letter that stands alone belongs to the street.
            number, _, letter = match[0].partition(" ")
            name, _, rest = f"{letter} {after}".strip(" ,").partition(",")
            found.append(Reading(street_search(name), number_key(number), plain(rest)))
    name, _, rest = line.partition(",")
    found.append(Reading(street_search(name), "", plain(rest)))
    kept = list(dict.fromkeys(reading for reading in found if reading.street))
    return kept[:most] if len(kept) <= most else [*kept[: most - 1], kept[-1]]
