"""The routing engine: a pure calculation from a `Problem` to a `Solution`.

It knows no Django, clock, network or settings; what it needs is passed in. See docs/optimization-model.md.
"""
