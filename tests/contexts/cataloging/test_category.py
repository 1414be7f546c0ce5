"""The tree of categories, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comanda.contexts.cataloging.category import DEEPEST, Category, Tree
from comanda.contexts.cataloging.errors import CategoryCycle, CategoryTooDeep, NoSuchCategory


def tree_of(**parents: str | None) -> Tree:
    """Categories and their parents."""
    return Tree(Category(slug=slug, name=slug, parent=parent) for slug, parent in parents.items())


def test_categories_come_before_their_children() -> None:
    tree = Tree(
        [
            Category(slug="shirts", name="Shirts", parent="clothes"),
            Category(slug="toys", name="Toys"),
            Category(slug="clothes", name="Clothes", position=1),
            Category(slug="hats", name="Hats", parent="clothes"),
        ]
    )
    assert [category.slug for category in tree.in_order()] == ["toys", "clothes", "hats", "shirts"]
    assert tree.path("hats") == ["clothes", "hats"]


def test_a_category_cannot_be_below_itself() -> None:
    tree = tree_of(a=None, b="a", c="b")
    for parent in "abc":
        with pytest.raises(CategoryCycle):
            tree.check_place("a", parent)
    tree.check_place("c", "a")


def test_a_category_needs_a_parent_that_exists() -> None:
    with pytest.raises(NoSuchCategory):
        tree_of(a=None).check_place("b", "x")


def test_a_branch_is_moved_only_where_it_is_not_too_deep() -> None:
    chain = {f"c{depth}": f"c{depth - 1}" if depth else None for depth in range(DEEPEST)}
    tree = tree_of(**chain, a=None, b="a")
    with pytest.raises(CategoryTooDeep):
        tree.check_place("new", f"c{DEEPEST - 1}")
    with pytest.raises(CategoryTooDeep):
        tree.check_place("a", f"c{DEEPEST - 2}")
    tree.check_place("a", f"c{DEEPEST - 3}")


def test_counts_include_what_is_below() -> None:
    tree = tree_of(a=None, b="a", c="b", d=None)
    assert tree.rolled_up({"c": 2, "b": 1, "d": 5}) == {"a": 3, "b": 3, "c": 2, "d": 5}


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)), max_size=60))
def test_no_row_of_moves_makes_a_cycle(moves: list[tuple[int, int | None]]) -> None:
    parents: dict[str, str | None] = {f"c{n}": None for n in range(10)}
    for child, parent in moves:
        slug, above = f"c{child}", None if parent is None else f"c{parent}"
        try:
            tree_of(**parents).check_place(slug, above)
        except (CategoryCycle, CategoryTooDeep):
            continue
        parents[slug] = above
    tree = tree_of(**parents)
    assert len(list(tree.in_order())) == 10
    assert all(len(tree.path(slug)) <= DEEPEST for slug in parents)
