"""Sets that grow together (union-find): what is tied to the same is tied to each other."""

from collections.abc import Hashable, Sequence


class Joined[T: Hashable]:
    """Members of any number of groups; groups with a common member are one set."""

    def __init__(self) -> None:
        self._above: dict[T, T] = {}

    def bind(self, group: Sequence[T]) -> None:
        """Join the members of the group, and all that they are joined with."""
        for one in group:
            self._above.setdefault(one, one)
            self._above[self.head(one)] = self.head(group[0])

    def head(self, one: T) -> T:
        """The member that stands for all that this one is joined with; itself where no group names it."""
        while (above := self._above.get(one, one)) != one:
            self._above[one] = self._above[above]
            one = above
        return one

    @property
    def sets(self) -> list[set[T]]:
        """All members that some group names."""
        found: dict[T, set[T]] = {}
        for one in self._above:
            found.setdefault(self.head(one), set()).add(one)
        return list(found.values())
