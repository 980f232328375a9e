"""Ruin and recreate: our own search for routes, which proposes; its functions for the others are named here."""

from routing.engine.proposers.ruin.proposal import EXACT, NEARLY, compile_kernel, propose
from routing.engine.proposers.ruin.tables import Tables, tables_of

__all__ = ["EXACT", "NEARLY", "Tables", "compile_kernel", "propose", "tables_of"]
