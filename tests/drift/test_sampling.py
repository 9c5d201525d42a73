"""Every page has its day."""

import pytest

from tests.drift import sampling


@pytest.mark.parametrize("count", [1, 3, 4, 100])
def test_all_pages_have_their_turn_and_none_comes_twice_a_day(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "ALL", False)
    pages = sampling.PAGES
    seen: set[str] = set()
    for day in range(20_000, 20_000 + len(pages)):
        today = [str(page.path) for page in sampling.of_the_day(pages, count, day)]
        assert len(set(today)) == len(today) == min(count, len(pages))
        seen |= set(today)
    assert seen == {str(page.path) for page in pages}


def test_nothing_is_left_out_where_all_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "ALL", True)
    assert sampling.of_the_day(sampling.PAGES, 1) == sampling.PAGES
