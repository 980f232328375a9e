"""Ours against OR-Tools, PyVRP and VROOM alone, on published instances and on a second set made from real roads."""
