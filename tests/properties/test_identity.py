"""Who is one client: the rules against a brute force over the whole stream of names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.identity import BlindIndex, Candidate, Mention, decide_client
from tests.properties.profiles import both


@dataclass
class Store:
    """The stored clients as the database keeps them, in a few lines."""

    clients: dict[int, Candidate] = field(default_factory=dict)
    said: dict[int, list[int]] = field(default_factory=dict)  #: client -> mentions, by place
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def enter(self, place: int, mention: Mention) -> int:
        shared = [c for c in self.clients.values() if set(mention.identifiers) & c.identifiers]
        decided = decide_client(mention, shared if mention.identified else [])
        mine = decided.client_id if decided.client_id is not None else next(self.numbers)
        group = [self.clients.pop(i) for i in (mine, *decided.merge) if i in self.clients]
        documents = {c.document for c in group} | {mention.document}
        documents.discard(None)
        assert len(documents) <= 1, "never joined across different documents"
        self.clients[mine] = Candidate(
            mine,
            next(iter(documents), None),
            frozenset().union(*(c.names for c in group), {mention.name} - {None}),  # type: ignore[arg-type]
            frozenset(mention.identifiers).union(*(c.identifiers for c in group)),
        )
        gone = [m for other in decided.merge for m in self.said.pop(other)]
        self.said[mine] = [*self.said.get(mine, []), *gone, place]
        return mine

    def groups(self) -> set[frozenset[int]]:
        return {frozenset(places) for places in self.said.values()}


def blind(kind: str, number: int | None) -> bytes | None:
    return None if number is None else f"{kind}{number}".encode()


@st.composite
def people(draw: st.DrawFn) -> list[tuple[int, Mention]]:
    """Mentions of four persons who share nothing: each names some of its own identifiers."""
    said = []
    for _ in range(draw(st.integers(1, 12))):
        person = draw(st.integers(1, 4))
        parts = draw(st.sets(st.sampled_from(["document", "phone", "account"]), min_size=1))
        name = draw(st.sampled_from([None, person]))
        said.append((person, Mention(name=blind("n", name),
                                     **{part: blind(part, person) for part in parts})))  # fmt: skip
    return said


def connected(mentions: list[Mention]) -> set[frozenset[int]]:
    """Brute force: groups of mentions linked through shared identifiers."""
    groups = [{i} for i in range(len(mentions))]
    for i, j in itertools.combinations(range(len(mentions)), 2):
        if set(mentions[i].identifiers) & set(mentions[j].identifiers):
            one = next(g for g in groups if i in g)
            two = next(g for g in groups if j in g)
            if one is not two:
                one |= two
                groups.remove(two)
    return {frozenset(g) for g in groups}


@both
@given(people(), st.randoms(use_true_random=False))
def test_without_conflicts_shared_identifiers_decide_in_any_order(
    said: list[tuple[int, Mention]], dice: object
) -> None:
    mentions = [mention for _, mention in said]
    order = list(range(len(mentions)))
    dice.shuffle(order)  # type: ignore[attr-defined]
    for sequence in (range(len(mentions)), order):
        store = Store()
        for place in sequence:
            store.enter(place, mentions[place])
        assert store.groups() == connected(mentions)


small = st.sampled_from([None, 1, 2, 3])
anything = st.builds(
    lambda d, p, a, n: Mention(blind("d", d), blind("p", p), blind("a", a), blind("n", n)),
    small, small, small, small,
)  # fmt: skip


@both
@given(st.lists(anything, min_size=1, max_size=14))
def test_whatever_is_said_the_rules_hold(mentions: list[Mention]) -> None:
    store = Store()  # checks the documents at every step
    for place, mention in enumerate(mentions):
        store.enter(place, mention)
    assert sorted(itertools.chain(*store.groups())) == list(range(len(mentions)))
    for group in store.groups():
        named = [mentions[i] for i in group]
        assert len({m.document for m in named} - {None}) <= 1
        # Different names together only where a document or an account speaks for it.
        if len({m.name for m in named} - {None}) > 1:
            assert any(m.document or m.account for m in named), "joined by a family's phone"
        if len(group) > 1:
            assert all(m.identified for m in named), "without an identifier nobody is joined"


@both
@given(anything, st.lists(anything, max_size=6), st.permutations(range(6)))
def test_the_order_in_which_candidates_are_found_means_nothing(
    mention: Mention, others: list[Mention], order: list[int]
) -> None:
    candidates = [
        Candidate(i, m.document, frozenset({m.name} - {None}), frozenset(m.identifiers))  # type: ignore[arg-type]
        for i, m in enumerate(others, start=1)
    ]
    shuffled = [candidates[i] for i in order if i < len(candidates)]
    one, two = decide_client(mention, candidates), decide_client(mention, shuffled)
    assert (one.client_id, one.merge, one.reason) == (two.client_id, two.merge, two.reason)
    assert set(one.refused) == set(two.refused)


BLIND = BlindIndex(b"k" * 32)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"phone": "138 0000-0000"}, {"phone": "+86 13800000000"}, True),
        ({"phone": "13800000000"}, {"phone": "008613800000000"}, True),
        ({"id_number": "31010119800101001x"}, {"id_number": "31010119800101001X"}, True),
        ({"account": "6222 0000-1111"}, {"account": "622200001111"}, True),
        ({"phone": "13800000000", "name": "王五"}, {"phone": "13800000000", "name": "王 五"}, True),
        ({"phone": "13800000000", "name": "王五"}, {"phone": "13800000000", "name": "赵六"}, False),
        ({"phone": "13800000000", "id_number": "A1"}, {"phone": "13800000000", "id_number": "A2"},
         False),
        ({"account": "6222", "id_number": "A1"}, {"account": "6222", "id_number": "A2"}, False),
        ({"phone": "13800000000"}, {"account": "13800000000"}, False),
        ({"name": "王五"}, {"name": "王五"}, False),
    ],
)  # fmt: skip
def test_spelling_means_nothing_and_a_family_phone_joins_nobody(
    first: dict[str, str], second: dict[str, str], same: bool
) -> None:
    store = Store()
    store.enter(0, BLIND.mention(**first))
    store.enter(1, BLIND.mention(**second))
    assert (len(store.groups()) == 1) == same
