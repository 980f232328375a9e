"""Hard rules of load and number: what is on board, and how many stops come before a job."""

from routing.engine.nodes import Model


def limit_load(model: Model) -> None:
    """In no dimension more on board than the shift's capacity, at any moment of any trip.

    On board are the deliveries of the trip still to do, its pickups so far, the goods of pairs between their two
    doors, and on the first trip the start load.
    """
    for dimension in sorted({name for shift in model.shifts for name in shift.capacity}):
        deliver = [job.load.get(dimension, 0) for job in model.jobs]
        take = [job.pickup.get(dimension, 0) for job in model.jobs]
        for pair in model.problem.pairs:
            amount = pair.load.get(dimension, 0)
            if amount and pair.pickup in model.number_of and pair.delivery in model.number_of:
                take[model.number_of[pair.pickup]] += amount
                take[model.number_of[pair.delivery]] -= amount
        if not any(deliver) and not any(take):
            continue
        if not any(take):
            _limit_deliveries(model, dimension, deliver)
        elif model.rough:
            at_once = [d + max(t, 0) for d, t in zip(deliver, take, strict=True)]
            _limit_deliveries(model, dimension, at_once)
        else:
            _limit_on_board(model, dimension, deliver, take)


def limit_stops(model: Model) -> None:
    """No more jobs on a route than the shift allows; the rules of position and evenness count in the same dimension."""
    prefixes = any(shift.prefix and shift.max_trips > 1 for shift in model.shifts)
    if not (
        prefixes
        or model.weights.longest_per_stop
        or any(shift.max_stops is not None for shift in model.shifts)
        or any(job.position is not None for job in model.jobs)
    ):
        return
    ones = model.routing.RegisterUnaryTransitVector(model.per_node([1] * len(model.jobs)))
    most = [
        len(model.jobs) if shift.max_stops is None else shift.max_stops for shift in model.shifts
    ]
    model.routing.AddDimensionWithVehicleCapacity(ones, 0, most, True, "stops")


def keep_positions(model: Model) -> None:
    """A job with a position has so many stops before it on its route."""
    for number, job in enumerate(model.jobs):
        if job.position is None:
            continue
        stops = model.routing.GetDimensionOrDie("stops")
        for index in model.indices(number):
            if stops.CumulVar(index).Contains(job.position):
                stops.CumulVar(index).SetValue(job.position)
            else:
                model.routing.VehicleVar(index).SetValue(-1)


def keep_prefixes(model: Model) -> None:
    """What a courier has begun stays first on the route, in its order."""
    begun = {
        shift.id: [n for one in shift.prefix if (n := model.number_of.get(one)) is not None]
        for shift in model.shifts
    }
    if not any(begun.values()):
        return
    everywhere = [
        index for numbers in begun.values() for n in numbers for index in model.indices(n)
    ]
    own: dict[int, list[int]] = {}
    """By index, the begun stops that may follow it."""
    for vehicle, shift in enumerate(model.shifts):
        rest = [model.indices(number) for number in begun[shift.id]]
        own[model.routing.Start(vehicle)] = [one for indices in rest for one in indices]
        for node in model.reloads[vehicle]:
            own[model.index(node)] = [one for indices in rest[1:] for one in indices]
        for place, indices in enumerate(rest):
            for index in indices:
                own[index] = [index, *(one for later in rest[place + 1 :] for one in later)]
                if model.reloads[vehicle]:
                    model.routing.GetDimensionOrDie("stops").CumulVar(index).SetMax(place)
    for index in range(model.routing.Size()):
        allowed = set(own.get(index, ()))
        model.routing.NextVar(index).RemoveValues([i for i in everywhere if i not in allowed])


def _limit_deliveries(model: Model, dimension: str, deliver: list[int]) -> None:
    """Loaded at the start, handed out on the way: counted up, and from nothing again after a reload."""
    capacity = _capacities(model, dimension, sum(deliver))
    demand = model.per_node(deliver)
    for vehicle, node in model.reload_nodes:
        demand[node] = -capacity[vehicle]
    slack = max(capacity) if model.reload_nodes else 0
    aboard = _start_loads(model, dimension)
    name = f"load {dimension}"
    evaluator = model.routing.RegisterUnaryTransitVector(demand)
    model.routing.AddDimensionWithVehicleCapacity(evaluator, slack, capacity, not any(aboard), name)
    if any(aboard):
        for vehicle, amount in enumerate(aboard):
            start = model.routing.Start(vehicle)
            model.routing.GetDimensionOrDie(name).CumulVar(start).SetValue(amount)
    if slack:
        _no_slack_outside_reloads(model, name)


def _limit_on_board(model: Model, dimension: str, deliver: list[int], take: list[int]) -> None:
    """What is on board before each stop; a second dimension counts down the deliveries still to do."""
    routing, solver = model.routing, model.routing.solver()
    total = sum(deliver) + sum(amount for amount in take if amount > 0)
    capacity = _capacities(model, dimension, total)
    slack = 2 * max(capacity) if model.reload_nodes else 0
    on_board = model.per_node([t - d for t, d in zip(take, deliver, strict=True)])
    for vehicle, node in model.reload_nodes:
        on_board[node] = -capacity[vehicle]
    name, rest = f"load {dimension}", f"to deliver {dimension}"
    routing.AddDimensionWithVehicleCapacity(
        routing.RegisterUnaryTransitVector(on_board), slack, capacity, False, name
    )
    if slack:
        _no_slack_outside_reloads(model, name)
    loads = routing.GetDimensionOrDie(name)
    aboard = _start_loads(model, dimension)
    if not any(deliver):
        for vehicle, amount in enumerate(aboard):
            loads.CumulVar(routing.Start(vehicle)).SetValue(amount)
        return
    left = [-amount for amount in model.per_node(deliver)]
    routing.AddDimensionWithVehicleCapacity(
        routing.RegisterUnaryTransitVector(left), slack, capacity, False, rest
    )
    if slack:
        _no_slack_outside_reloads(model, rest)
    to_deliver = routing.GetDimensionOrDie(rest)
    for vehicle, amount in enumerate(aboard):
        start, end = routing.Start(vehicle), routing.End(vehicle)
        to_deliver.CumulVar(end).SetValue(0)
        solver.Add(loads.CumulVar(start) == to_deliver.CumulVar(start) + amount)
        for node in model.reloads[vehicle]:
            index = model.index(node)
            to_deliver.CumulVar(index).SetValue(0)
            leaving = loads.CumulVar(index) + loads.SlackVar(index) - capacity[vehicle]
            solver.Add(leaving == to_deliver.SlackVar(index))


def _capacities(model: Model, dimension: str, total: int) -> list[int]:
    """By vehicle; nothing above all there is to carry, so that an unlimited one costs no large numbers."""
    most = []
    for shift in model.shifts:
        all_of_it = total + shift.start_load.get(dimension, 0)
        most.append(min(shift.capacity.get(dimension, all_of_it), all_of_it))
    return most


def _start_loads(model: Model, dimension: str) -> list[int]:
    """By vehicle."""
    return [shift.start_load.get(dimension, 0) for shift in model.shifts]


def _no_slack_outside_reloads(model: Model, name: str) -> None:
    dimension = model.routing.GetDimensionOrDie(name)
    reloads = {model.index(node) for _, node in model.reload_nodes}
    for index in range(model.routing.Size()):
        if index not in reloads:
            dimension.SlackVar(index).SetValue(0)
