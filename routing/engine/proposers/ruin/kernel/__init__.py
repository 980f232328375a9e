"""The compiled heart of ruin and recreate: takes strings of neighbouring stops out of routes and puts them back cheaper.

Slack induction by string removals (Christiaens and Vanden Berghe 2020, Transportation Science 54(2)), with three changes:
insertion looks only next to near stops, a new route competes with the open ones, and both stops of a pair move together.
Only arrays and numbers here; the modules above make them from a problem and read the routes back. Costs are micros, or a
multiple of them chosen so that an arc fits 32 bits.
"""
