"""How a page's exercises find their checks, and what is written below their statements."""

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from sphinx_exercise.nodes import (  # type: ignore[import-untyped]
    exercise_node,
    solution_node,
)

from cnnbook import exercises

sys.path.append(str(Path(__file__).parents[2] / "book" / "_extensions"))

import exercises_in_page as in_page  # type: ignore[import-not-found]

PAGE = [
    ("a", 'Check it with `check("pooling.by_hand", [[..., ...], [..., ...]])`.', ""),
    ("b", "Its solution says which.", 'check("pooling.max_gradient", max_gradient)'),
]


def doctree(*parts: tuple[str, str, str]) -> Any:
    """Exercises with their labels, statements and solutions."""
    made = nodes.section()
    for label, statement, solution in parts:
        made += exercise_node("", nodes.paragraph("", statement), label=label)
        made += solution_node("", nodes.literal_block("", solution), target_label=label)
    return made


def app_of(builder: str = "html") -> Any:
    env = SimpleNamespace(docname="part/pooling", found_docs={"part/pooling"})
    return SimpleNamespace(env=env, builder=SimpleNamespace(format="html", name=builder))


def written(made: Any) -> list[str]:
    return [node["html"] for node in made.findall(in_page.Answer)]


def test_statements_and_else_solutions_name_the_checks() -> None:
    app, made = app_of(), doctree(*PAGE)
    in_page.find(app, made)
    found = {"part/pooling": ["pooling.by_hand", "pooling.max_gradient"]}
    assert in_page.found_in(app.env) == found
    in_page.add_answers(app, made, "part/pooling")
    form, way = written(made)
    data = re.search(r'type="application/json">(.*?)</script>', form)
    assert data is not None
    assert json.loads(data[1]) == json.loads(json.dumps(exercises.in_pages()["pooling.by_hand"]))
    assert len(re.findall("<input ", form)) == 4
    assert "I have solved it" in way
    other: Any = SimpleNamespace(exercises_found={})
    in_page.merge(app, other, ["part/pooling"], app.env)
    assert other.exercises_found == found
    in_page.forget(app, other, "part/pooling")
    assert other.exercises_found == {}


@pytest.mark.parametrize(
    ("parts", "warning"),
    [
        ([("a", "Think about it.", "print(1)")], "names no check"),
        ([("a", 'check("pooling.bi_hand", 1)', "")], "no exercise 'pooling.bi_hand'"),
        ([PAGE[0], PAGE[0]], "checked by two"),
    ],
)
def test_an_exercise_that_cannot_be_checked_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, parts: Any, warning: str
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(
        in_page.logger, "warning", lambda words, *given, **_: heard.append(words % given)
    )
    in_page.find(app_of(), doctree(*parts))
    assert len(heard) == 1
    assert warning in heard[0]


def test_where_no_script_runs_there_are_no_forms() -> None:
    app, made = app_of("epub"), doctree(*PAGE)
    in_page.find(app, made)
    in_page.add_answers(app, made, "part/pooling")
    assert written(made) == []


def test_pages_are_made_anew_when_their_exercises_have_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = app_of()
    in_page.find(app, doctree(*PAGE))
    assert in_page.outdated(app, app.env, set(), set(), set()) == []
    assert in_page.outdated(app, app.env, set(), set(), set()) == []
    monkeypatch.setattr(in_page, "source", lambda: "another")
    assert in_page.outdated(app, app.env, set(), set(), set()) == ["part/pooling"]


def test_what_html_would_read_cannot_end_the_data() -> None:
    data = exercises.in_pages()["pooling.by_hand"] | {"praise": "</script><!-- & -->"}
    form = in_page.form("pooling.by_hand", data)
    told = form.partition('type="application/json">')[2].partition("</script>")[0]
    assert json.loads(told)["praise"] == "</script><!-- & -->"
