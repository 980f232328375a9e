"""Travel times and distances between points, by vehicle kind, from a road engine or, without one, as an estimate."""
