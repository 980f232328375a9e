"""REST doors of plans, for dispatchers only: a file for each thing that is done with a plan."""
