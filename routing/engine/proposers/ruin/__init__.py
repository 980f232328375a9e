"""Ruin and recreate: our own search for routes, which proposes; its functions for the others are named here."""

from routing.engine.proposers.ruin.proposal import EXACT, NEARLY, compile_kernel, propose

__all__ = ["EXACT", "NEARLY", "compile_kernel", "propose"]
