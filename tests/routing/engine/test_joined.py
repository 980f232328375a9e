"""Sets that grow together."""

from random import Random

from routing.engine.joined import Joined


def test_groups_with_a_common_member_are_one_set() -> None:
    joined = Joined[str]()
    for group in (["a", "b"], ["c", "d"], ["e"], ["d", "b"], []):
        joined.bind(group)
    assert joined.sets == [{*"abcd"}, {"e"}]
    assert len({joined.head(one) for one in "abcd"}) == 1
    assert joined.head("e") == "e"


def test_what_no_group_names_stands_for_itself() -> None:
    joined = Joined[int]()
    joined.bind([1, 2])
    assert joined.head(7) == 7
    assert joined.sets == [{1, 2}]


def test_long_chains_in_any_order_come_to_one_set() -> None:
    links = [[n, n + 1] for n in range(2_000)]
    Random(3).shuffle(links)
    joined = Joined[int]()
    for link in links:
        joined.bind(link)
    assert joined.sets == [set(range(2_001))]
