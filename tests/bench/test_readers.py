"""Each published format, small enough to work the numbers out by hand."""

from pathlib import Path

import numpy as np
import pytest

from bench.solver import readers
from bench.solver.bks import key_of, read_best_known
from bench.solver.check import judge
from routing.engine.problem import MAX_TIME_S

SOLOMON = """R000\r
\r
VEHICLE\r
NUMBER     CAPACITY\r
   3          10\r
\r
CUSTOMER\r
CUST NO.   XCOORD.   YCOORD.    DEMAND   READY TIME   DUE DATE   SERVICE TIME\r
 \r
    0      0      0      0      0    100      0\r
    1      1      1      4      0     50     10\r
    2      3      4      5     20     60     10\r
"""
LI_LIM = """2\t20\t1
0\t0\t0\t0\t0\t100\t0\t0\t0
1\t3\t4\t8\t0\t50\t5\t0\t2
2\t1\t1\t-8\t0\t90\t5\t1\t0
"""
ROUNDED = """NAME : \tX-n3-k2
TYPE : CVRP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 7
NODE_COORD_SECTION
1 0 0
2 1 1
3 3 3
DEMAND_SECTION
1 0
2 4
3 5
DEPOT_SECTION
 1
 -1
EOF
"""
ASYMMETRIC = """NAME : ORTEC-VRPTW-ASYM-small
COMMENT : "a : b"
TYPE : VRPTW
VEHICLES : 2
DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : FULL_MATRIX
CAPACITY : 9
EDGE_WEIGHT_SECTION
0 100 200
110 0 50
210 60 0
NODE_COORD_SECTION
1 5 5
2 6 6
3 7 7
DEMAND_SECTION
1 0
2 4
3 5
DEPOT_SECTION
1
-1
SERVICE_TIME_SECTION
1 0
2 30
3 40
TIME_WINDOW_SECTION
1 1000 5000
2 1000 2000
3 1500 2500
EOF
"""


def instance(tmp_path: Path, text: str, name: str = "one.txt", folder: str = "some"):  # type: ignore[no-untyped-def]
    path = tmp_path / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return readers.read(path)


def test_solomon_is_measured_in_tenths_rounded_down(tmp_path: Path) -> None:
    one = instance(tmp_path, SOLOMON, folder="solomon")
    # sqrt(2) = 1.414, 3-4-5, and (1,1)-(3,4): sqrt(13) = 3.606.
    assert one.distances.tolist() == [[0, 14, 50], [14, 0, 36], [50, 36, 0]]
    assert one.windows.tolist() == [[0, 1000], [0, 500], [200, 600]]
    assert one.services.tolist() == [0, 100, 100]
    assert (one.vehicles, one.capacity, one.size, one.family) == (3, 10, 2, "solomon")
    verdict = judge(one, [[1, 2]])
    assert (verdict.cost, verdict.vehicles, verdict.faults) == (1.4 + 3.6 + 5.0, 1, ())


def test_li_lim_is_judged_by_doubles_and_counts_vehicles_first(tmp_path: Path) -> None:
    one = instance(tmp_path, LI_LIM)
    assert one.pairs == ((1, 2),)
    assert one.fewest_first
    assert one.scale == 1000
    # Times for the engines are rounded up, distances to the nearest: sqrt(2) x 1000 = 1414.2.
    assert (one.durations[0, 2], one.distances[0, 2]) == (1415, 1414)
    verdict = judge(one, [[1, 2]])
    assert verdict.cost == pytest.approx(5 + 13**0.5 + 2**0.5, abs=1e-9)
    assert verdict.faults == ()


def test_vrplib_lengths_are_rounded_to_whole_numbers(tmp_path: Path) -> None:
    one = instance(tmp_path, ROUNDED, "x.vrp")
    # 1.41 -> 1, 4.24 -> 4, 2.83 -> 3.
    assert one.distances.tolist() == [[0, 1, 4], [1, 0, 3], [4, 3, 0]]
    assert one.windows is None
    assert one.vehicles is None
    assert judge(one, [[1], [2]]).cost == 2 + 8


def test_an_explicit_asymmetric_matrix_is_kept_as_it_stands(tmp_path: Path) -> None:
    one = instance(tmp_path, ASYMMETRIC)
    assert one.distances.tolist() == [[0, 100, 200], [110, 0, 50], [210, 60, 0]]
    assert one.durations.tolist() == one.distances.tolist()
    assert one.windows.tolist() == [[1000, 5000], [1000, 2000], [1500, 2500]]
    assert one.services.tolist() == [0, 30, 40]
    assert one.vehicles == 2
    # There and back costs more one way round than the other: 100 + 50 + 210 against 200 + 60 + 110.
    assert judge(one, [[1, 2]]).cost == 360
    assert judge(one, [[2, 1]]).cost == 370


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        ("LOWER_ROW", "7 8 9"),
        ("LOWER_DIAG_ROW", "0 7 0 8 9 0"),
        ("UPPER_ROW", "7 8\n9"),
        ("UPPER_DIAG_ROW", "0 7 8 0 9 0"),
        ("LOWER_COL", "7 8 9"),
        ("UPPER_COL", "7 8 9"),
    ],
)
def test_half_a_matrix_stands_for_both_ways(tmp_path: Path, form: str, numbers: str) -> None:
    text = ROUNDED.replace("EUC_2D", f"EXPLICIT\nEDGE_WEIGHT_FORMAT : {form}")
    text = text.replace("DEMAND_SECTION", f"EDGE_WEIGHT_SECTION\n{numbers}\nDEMAND_SECTION")
    one = instance(tmp_path, text)
    assert one.distances.tolist() == [[0, 7, 8], [7, 0, 9], [8, 9, 0]]


def test_a_depot_that_is_not_first_becomes_node_0(tmp_path: Path) -> None:
    text = ROUNDED.replace("DEPOT_SECTION\n 1", "DEPOT_SECTION\n 3").replace(
        "1 0\n2 4\n3 5", "1 6\n2 4\n3 0"
    )
    one = instance(tmp_path, text)
    assert one.demands.tolist() == [0, 6, 4]
    # From the depot at (3, 3): 4.24 -> 4 to (0, 0) and 2.83 -> 3 to (1, 1).
    assert one.distances[0].tolist() == [0, 4, 3]


def test_times_without_windows_never_outlast_the_axis(tmp_path: Path) -> None:
    big = ROUNDED.replace("EUC_2D", "EXPLICIT\nEDGE_WEIGHT_FORMAT : LOWER_ROW")
    big = big.replace(
        "DEMAND_SECTION", "EDGE_WEIGHT_SECTION\n3000000 3000000 3000000\nDEMAND_SECTION"
    )
    one = instance(tmp_path, big)
    assert one.durations.max(axis=1).sum() < MAX_TIME_S


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Just some words about the instances.", "none of the known formats"),
        (ASYMMETRIC.replace("0 100 200\n", "0 100 200.5\n"), "fractions"),
        (ASYMMETRIC.replace("2 1000 2000\n", ""), "does not name each of 3 nodes"),
        (ROUNDED.replace("DEMAND_SECTION", "BACKHAUL_SECTION"), "BACKHAUL_SECTION is not read"),
        (ROUNDED.replace("DEPOT_SECTION\n 1", "DEPOT_SECTION\n 1\n 2"), "2 depots"),
        (ROUNDED.replace("EUC_2D", "GEO"), "GEO is not read"),
        (SOLOMON.replace("    2      3", "    4      3"), "not numbered"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(readers.NotAnInstance, match=says):
        instance(tmp_path, text)


def test_folders_below_are_searched_and_other_files_passed_over(tmp_path: Path) -> None:
    for name in ("b/C1.txt", "a/X.vrp", "a/notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert [path.name for path in readers.find(tmp_path)] == ["X.vrp", "C1.txt"]


def test_the_fleet_offered_is_plenty_but_no_more_than_allowed(tmp_path: Path) -> None:
    assert instance(tmp_path, SOLOMON).fleet == 3
    # Two of three loads of 4 and 5 never fit into 7: two routes; half as many again and 8.
    assert instance(tmp_path, ROUNDED).fleet == min(2, 11)


def test_best_known_costs_are_read_by_name_of_column(tmp_path: Path) -> None:
    path = tmp_path / "bks.csv"
    path.write_text(
        "Vehicles,notes,Name,BKS\n14,x,sub/LR105.txt,1377.11\n,,C109,\n,,r1_2_3,3373.9\n"
    )
    known = read_best_known(path)
    assert set(known) == {"lr105", "r1_2_3"}
    assert (known[key_of("lr105.txt")].cost, known["lr105"].vehicles) == (1377.11, 14)
    assert known["r1_2_3"].vehicles is None
    assert known["r1_2_3"].family is None


def test_perfect_squares_lose_nothing_by_rounding_down() -> None:
    points = np.array([[0, 0], [3, 4], [6, 8], [5, 12]])
    assert np.floor(10 * readers.euclidean(points))[0].tolist() == [0, 50, 100, 130]
