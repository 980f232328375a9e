"""What is asked of the engine: jobs, shifts, travel matrices and weights, as frozen values of integers.

Units everywhere: seconds on one time axis chosen by the caller (usually seconds since midnight at the hub, 0 or
more), metres, and money in micros (millionths of the currency unit), so that a rate per second or per metre stays
an integer. Load dimensions are named by the caller; Carteiro uses `weight_g`, `volume_ml` (litres x 1000) and
`count`. Everything is checked when the `Problem` is built; nothing is checked again later.

`jobs`, `company` (what binds jobs to each other), `shifts`, `matrices` and `weights` hold the value types, each beside
what it refuses; `ranges` what a number may be; `problem` puts them together. Others import from here.
"""

from routing.engine.problem.company import Pair, Precedence
from routing.engine.problem.jobs import (
    RELOAD,
    Job,
    Published,
    SoftWindow,
    TimeWindow,
    service_time,
)
from routing.engine.problem.matrices import UNREACHABLE, IntMatrix, Matrix, at_speed, matrix
from routing.engine.problem.problem import Problem, travel_times
from routing.engine.problem.ranges import (
    MAX_COST,
    MAX_DISTANCE_M,
    MAX_LOAD,
    MAX_TIME_S,
    MAX_TOTAL_COST,
    MICROS,
    InvalidProblem,
    Loads,
)
from routing.engine.problem.shifts import Break, Shift
from routing.engine.problem.weights import DEFAULT_WEIGHTS, Weights, cost_per_m, rates

__all__ = [
    "DEFAULT_WEIGHTS", "MAX_COST", "MAX_DISTANCE_M", "MAX_LOAD", "MAX_TIME_S", "MAX_TOTAL_COST", "MICROS", "RELOAD",
    "UNREACHABLE", "Break", "IntMatrix", "InvalidProblem", "Job", "Loads", "Matrix", "Pair", "Precedence", "Problem",
    "Published", "Shift", "SoftWindow", "TimeWindow", "Weights", "at_speed", "cost_per_m", "matrix", "rates",
    "service_time", "travel_times",
]  # fmt: skip
