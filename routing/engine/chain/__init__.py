"""The timing of a route under every rule a clock decides: breaks, trips, set-up, releases, rides, orders, overtime, traffic.

The route is a chain of nodes: departure, jobs, for each reload its start and the departure after it, and the end. A
forward dynamic programme keeps, for each node and each set of breaks taken so far, the least cost as a piecewise linear
function of the node's moment. That is exact for everything but links: limits on the time between two nodes (rides, the
longest duration, orders within the route). Where the cheapest times break a link, the bounds of the nodes are tightened
and the programme runs again; whether any times exist is decided exactly, which of them are cheapest then is not.

`rests`: breaks in one gap · `parts`: nodes, gaps, links · `build`: the chain of a sequence · `reach`: what is possible at
all · `programme`: least cost without links · `cheapest`: with them · `least`: as early as can be · `soonest`: where
nothing keeps the rules · `slack`: how much later. Others import from here.
"""

from routing.engine.chain.build import chain_of
from routing.engine.chain.cheapest import cheapest, is_feasible
from routing.engine.chain.parts import NEVER, Chain, Gap, Link, Node, Timing
from routing.engine.chain.reach import earliest_departures, latest_starts
from routing.engine.chain.rests import Rest, rests_of, subsets
from routing.engine.chain.slack import break_starts, slacks
from routing.engine.chain.soonest import soonest

__all__ = [
    "NEVER", "Chain", "Gap", "Link", "Node", "Rest", "Timing", "break_starts", "chain_of", "cheapest",
    "earliest_departures", "is_feasible", "latest_starts", "rests_of", "slacks", "soonest", "subsets",
]  # fmt: skip
