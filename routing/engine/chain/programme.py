"""The forward dynamic programme over (node, set of breaks taken), and the way back; links are not its business."""

from collections.abc import Iterator, Mapping, Sequence

from routing.engine import piecewise
from routing.engine.chain.parts import Chain, Gap, Node, Timing
from routing.engine.chain.reach import latest_starts
from routing.engine.chain.rests import Rest, rests_of, subsets, ways_on
from routing.engine.piecewise import FOREVER, Curve, Segment
from routing.engine.windows import allowed

Layer = dict[int, Curve]
"""By set of breaks taken: micros of everything so far by the moment of one node."""


class Bounds:
    """Floor and cap of every node's moment, besides its windows."""

    def __init__(self, chain: Chain, floors: Sequence[int] | None = None) -> None:
        self.floor = [0] * len(chain.nodes) if floors is None else list(floors)
        self.cap = [FOREVER] * len(chain.nodes)

    def copy(self) -> "Bounds":
        """The same bounds, to be tightened apart."""
        other = object.__new__(Bounds)
        other.floor, other.cap = list(self.floor), list(self.cap)
        return other

    def raise_floor(self, k: int, moment: int) -> None:
        """Node k at this moment or later."""
        self.floor[k] = max(self.floor[k], moment)

    def lower_cap(self, k: int, moment: int) -> None:
        """Node k at this moment or earlier."""
        self.cap[k] = min(self.cap[k], moment)


class Programme:
    """The programme of one chain, to be run under bounds that differ."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.rests = rests_of(chain.shift.breaks)
        self.everything = len(self.rests) - 1
        """The set of all breaks."""
        self.lasts = latest_starts(chain, self.rests)

    def timing(self, bounds: Bounds, rate: int | None = None) -> Timing | None:
        """The cheapest times within the bounds; None when there are none. `rate`: micros per second in place of the shift's."""
        rate = self.chain.shift.cost_per_s if rate is None else rate
        layers = [self._first_layer(bounds, rate)]
        for k in range(len(self.chain.gaps)):
            if not any(layers[-1].values()):
                return None
            layers.append(self._next_layer(k, layers[-1], bounds))
        return self._way_back(layers, rate)

    def _first_layer(self, bounds: Bounds, rate: int) -> Layer:
        start = piecewise.add(
            _curve_of(self.chain.nodes[0], bounds.floor[0], bounds.cap[0]),
            [Segment(0, FOREVER, 0, -rate)],
        )
        layer = {}
        for taken, ways in enumerate(self.rests):
            if ways:
                free_s = min(rest.free_s for rest in ways)
                layer[taken] = piecewise.clip(start, max(free_s, 0), self._last(0, taken))
        return layer

    def _next_layer(self, k: int, layer: Layer, bounds: Bounds) -> Layer:
        """From node k over the gap after it to node k + 1."""
        gap, service_s = self.chain.gaps[k], self.chain.nodes[k].service_s
        here = _curve_of(self.chain.nodes[k + 1], bounds.floor[k + 1], bounds.cap[k + 1])
        reached: dict[int, list[Curve]] = {}
        for taken, curve in layer.items():
            for then, rest in ways_on(self.rests, taken, may_rest=gap.takes_rests):
                reached.setdefault(then, []).extend(_after(curve, service_s, gap, rest))
        found = {}
        for taken, curves in reached.items():
            # Only moments from which the rest of the route still works.
            curve = piecewise.clip(piecewise.least(curves), 0, self._last(k + 1, taken))
            found[taken] = piecewise.add(curve, here)
        return {taken: curve for taken, curve in found.items() if curve}

    def _last(self, k: int, taken: int) -> int:
        return self.lasts[k][self.everything & ~taken]

    def _way_back(self, layers: Sequence[Layer], rate: int) -> Timing | None:
        end = self._best_end(layers[-1], rate)
        if end is None:
            return None
        moments, taken = [end[0]], end[1]
        placed: list[tuple[int, ...]] = []
        for k in range(len(self.chain.gaps) - 1, -1, -1):
            moment, rest = self._step_back(k, layers[k], taken, moments[-1])
            moments.append(moment)
            placed.append(rest.order)
            taken &= ~rest.taken
        return Timing(moments[::-1], placed[::-1])

    def _best_end(self, layer: Layer, rate: int) -> tuple[int, int] | None:
        """(moment, breaks taken by then) of the cheapest end; what is not taken by then follows it."""
        price = self._price_of_end(rate)
        best: tuple[int, int, int] | None = None
        for taken, curve in layer.items():
            left = self.rests[self.everything & ~taken]
            if not left:
                continue
            latest_s = max(rest.latest_s for rest in left)
            least = piecewise.earliest_least(
                piecewise.clip(piecewise.add(curve, price), 0, latest_s)
            )
            if least is not None and (best is None or (least[1], least[0]) < best[:2]):
                best = (least[1], least[0], taken)
        return None if best is None else best[1:]

    def _price_of_end(self, rate: int) -> Curve:
        shift = self.chain.shift
        price = [Segment(0, shift.end_s, 0, rate)]
        if shift.overtime_s:
            over = rate + shift.overtime_cost_per_s
            first, last = shift.end_s + 1, shift.end_s + shift.overtime_s
            price.append(Segment(first, last, rate * shift.end_s + over, over))
        return price

    def _step_back(
        self, k: int, layer: Mapping[int, Curve], taken: int, arrives_s: int
    ) -> tuple[int, Rest]:
        """The latest of the cheapest moments of node k from which node k + 1 is reached with these breaks taken."""
        gap, service_s = self.chain.gaps[k], self.chain.nodes[k].service_s
        best: tuple[int, int, Rest] | None = None
        for more in subsets(taken) if gap.takes_rests else (0,):
            curve = layer.get(taken & ~more)
            if not curve:
                continue
            for rest in self.rests[more]:
                for moment, value in _before(curve, service_s, gap, rest, arrives_s):
                    if best is None or (value, -moment) < (best[0], -best[1]):
                        best = (value, moment, rest)
        if best is None:
            raise AssertionError("A node was reached from nowhere.")
        return best[1], best[2]


def _curve_of(node: Node, floor: int, cap: int) -> Curve:
    if not node.is_possible:
        return []
    curve = piecewise.clip(allowed(node.windows), floor, cap)
    return curve if node.cost is None else piecewise.add(curve, node.cost)


def _after(curve: Curve, service_s: int, gap: Gap, rest: Rest) -> Iterator[Curve]:
    """The curve as it arrives after the gap, by period of travel."""
    for first, last, seconds in gap.travel:
        left = piecewise.clip(curve, first - service_s, min(last, rest.latest_s) - service_s)
        if left:
            delay = service_s + seconds + gap.setup_s + rest.total_s
            reached = piecewise.best_so_far(piecewise.later(left, delay))
            yield piecewise.clip(reached, rest.free_s, FOREVER) if rest.free_s else reached


def _before(
    curve: Curve, service_s: int, gap: Gap, rest: Rest, arrives_s: int
) -> Iterator[tuple[int, int]]:
    """(moment, micros): by period, the latest of the cheapest moments that arrive in time after the gap."""
    if arrives_s < rest.free_s:
        return
    for first, last, seconds in gap.travel:
        leaves = min(arrives_s - seconds - gap.setup_s - rest.total_s, last, rest.latest_s)
        part = piecewise.clip(curve, first - service_s, leaves - service_s)
        if part:
            moment = piecewise.latest_least_until(part, leaves - service_s)
            value = piecewise.value_at(part, moment)
            if value is not None:
                yield moment, value
