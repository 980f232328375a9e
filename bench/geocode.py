"""The embedded geocoder: how many misspelt addresses it finds, and how long it takes.

    uv run python -m bench.geocode --json OUT [--extract FILE] [--sample 300] [--seed 7]

Imports the extract (the demo's unless one is given) into the database that DATABASE_URL names, in a transaction that
is rolled back: the map that is there stays. A misspelt address has one letter of its street left out, doubled, swapped
with the next or replaced. `found` counts first answers with the right street and number.
"""

import argparse
import json
import os
import random
import statistics
import string
import time
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from common.geo.embedded import EmbeddedGeocoder  # noqa: E402
from common.geo.extract import extract_path  # noqa: E402
from common.geo.models import MapAddress, MapStreet  # noqa: E402
from common.geo.osm_import import import_map  # noqa: E402
from common.geo.places import Accuracy, AddressQuery, Candidate  # noqa: E402


def main() -> None:
    arguments = _arguments()
    path = arguments.extract or extract_path()
    with transaction.atomic():
        started = time.perf_counter()
        extract, _ = import_map(path=path, force=True, now=timezone.now())
        result = {
            "extract": path.name,
            "import_s": round(time.perf_counter() - started, 3),
            "counts": extract.counts,
            **measure(arguments.sample, arguments.seed),
        }
        transaction.set_rollback(True)
    print(_table(result))
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(result, indent=2))


def measure(sample: int, seed: int) -> dict[str, Any]:
    """Return the figures of one map."""
    chance, geocoder = random.Random(seed), EmbeddedGeocoder()
    houses = list(MapAddress.objects.select_related("street").order_by("osm", "housenumber"))
    chosen = chance.sample(houses, min(sample, len(houses)))
    queries = [
        AddressQuery(
            f"{with_one_slip(h.street_name, chance)} {h.housenumber}, {h.postcode} {h.city}"
        )
        for h in chosen
    ]
    answers, each = [], []
    for query in queries:
        started = time.perf_counter()
        answers.append(geocoder.geocode(query))
        each.append((time.perf_counter() - started) * 1000)
    streets = [name for (name,) in MapStreet.objects.order_by("?").values_list("name")[:2000]]
    typed = [
        AddressQuery(f"{h.street_name} {h.housenumber}", postcode=h.postcode, city=h.city)
        for h in houses
    ]
    typed = typed or [AddressQuery(f"{name} 12") for name in streets]
    started = time.perf_counter()
    geocoder.geocode_many((typed * (2000 // len(typed) + 1))[:2000])
    many_s = time.perf_counter() - started
    started = time.perf_counter()
    geocoder.geocode_many((queries * (2000 // max(len(queries), 1) + 1))[:2000])
    return {
        "misspelt": len(queries),
        "found": sum(map(is_right, chosen, answers)),
        "one_ms_p50": round(statistics.median(each), 2),
        "one_ms_p95": round(sorted(each)[int(len(each) * 0.95)], 2),
        "well_typed_2000_s": round(many_s, 3),
        "misspelt_2000_s": round(time.perf_counter() - started, 3),
    }


def with_one_slip(name: str, chance: random.Random) -> str:
    """Return the name with one letter left out, doubled, swapped with the next, or replaced."""
    if len(name) < 3:
        return name
    at = chance.randrange(1, len(name) - 1)
    letter = chance.choice(string.ascii_lowercase)
    ways = [
        name[at + 1 :],
        name[at] + name[at:],
        name[at + 1] + name[at] + name[at + 2 :],
        letter + name[at + 1 :],
    ]
    return name[:at] + chance.choice(ways)


def is_right(house: MapAddress, answer: list[Candidate]) -> bool:
    """Say whether the first answer is the house."""
    best = answer[0] if answer else None
    if best is None or best.accuracy != Accuracy.HOUSE:
        return False
    return (
        best.street == house.street.name
        and best.number.replace(" ", "").lower() == house.number_key
    )


def _table(result: dict[str, Any]) -> str:
    counts = ", ".join(
        f"{count:,} {table.removeprefix('map')}" for table, count in result["counts"].items()
    )
    return "\n".join(
        (
            f"{result['extract']}: {counts}; imported in {result['import_s']:.2f} s",
            f"misspelt addresses found first  {result['found']} of {result['misspelt']}",
            f"one address, ms p50 / p95       {result['one_ms_p50']} / {result['one_ms_p95']}",
            f"2,000 at once, s                {result['well_typed_2000_s']} well typed, {result['misspelt_2000_s']} misspelt",
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the embedded geocoder.")
    parser.add_argument("--json", type=Path, help="where to save the figures")
    parser.add_argument("--extract", type=Path, help="an .osm.pbf instead of the installation's")
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
