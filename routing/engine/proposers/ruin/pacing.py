"""How hot a search is, and when it is over."""

import time
from dataclasses import dataclass

HOT, COLD = 1.5, 0.02
"""Temperatures at the start and the end, times the mean price of an arc to the 20 nearest (tuned 2026-11 on 13 instances)."""
WARM_HOT = 0.3
"""The same at the start from a plan that is good already."""
CHUNK_S = 0.03
"""Between two looks at the clock."""


@dataclass(slots=True)
class Pacer:
    """How far a search is between its start and its end."""

    started: float
    ends: float
    """`time.monotonic`, both."""
    hot: float
    """Temperature at the start, in mean arcs."""

    @property
    def share(self) -> float:
        """0 at the start, 1 at the end."""
        whole = self.ends - self.started
        return 1.0 if whole <= 0 else min(1.0, (time.monotonic() - self.started) / whole)

    def temperature(self, share: float) -> float:
        """In mean arcs, falling evenly on a logarithmic scale."""
        return float(self.hot * (COLD / self.hot) ** min(1.0, share))
