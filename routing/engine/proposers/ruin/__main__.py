"""`python -m routing.engine.proposers.ruin` compiles the kernel ahead of the first plan."""

from routing.engine.proposers.ruin.proposal import compile_kernel

if __name__ == "__main__":
    compile_kernel()
