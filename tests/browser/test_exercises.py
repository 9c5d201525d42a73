"""Exercises in the page: judged as ``check`` judges, remembered, and counted in the contents."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cnnbook import exercises
from tests.browser.conftest import shut_out
from tests.browser.test_reading import CHAPTERS
from tests.exercises.test_by_hand import DATA, answers, said

pytestmark = pytest.mark.slow

NUMBER, TABLE = "padding_and_stride.three_layers", "pooling.by_hand"
CODE = "padding_and_stride.unread"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def place(page: Page, name: str) -> Locator:
    return page.locator(f'.exercise-answer[data-exercise="{name}"]')


def answer(page: Page, name: str, *typed: str) -> str:
    """Type an answer, press the button, and return the verdict."""
    here = place(page, name)
    for field, text in zip(here.locator("form input").all(), typed, strict=True):
        field.fill(text)
    here.get_by_role("button", name="Check").click()
    return here.locator(".exercise-verdict").inner_text()


def due(name: str, *given: float) -> str:
    """The verdict that ``check`` gives."""
    passed, words = said(name, list(given))
    return f"{'Right.' if passed else 'Not yet.'} {words}"


def solved(page: Page, name: str) -> bool:
    title = page.locator(".exercise", has=place(page, name)).locator(".admonition-title")
    return "✓ solved" in title.inner_text()


def counted(page: Page, chapter: str) -> str:
    """What stands behind a chapter in the contents at the side."""
    link = page.locator("nav.bd-links a", has_text=chapter)
    return link.locator(".exercises-count").inner_text() if "of" in link.inner_text() else ""


def test_the_script_judges_all_exercises_as_check_does(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/padding-and-stride.html")
    settings = [(name, given) for name in DATA for given in answers(name)]
    told = page.evaluate(
        "settings => settings.map(([data, given]) => cnnbookExercises.judge(data, given))",
        [[DATA[name], given] for name, given in settings],
    )
    assert len(told) > 500
    for (name, given), verdict in zip(settings, told, strict=True):
        assert (verdict["passed"], verdict["words"]) == said(name, given), (name, given)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12", 12),
        (" −3 ", -3),
        ("1/4", 1 / 4),
        ("0,25", 0.25),
        ("0.25", 0.25),
        (".5", 0.5),
        ("25 %", 0.25),
        ("2.5e-3", 2.5e-3),
        ("1_000", 1_000),
        ("1 114 112", 1114112),
        ("1,114,112", 1114112),
        ("12 * 15 * 15", 12 * 15 * 15),
        ("12 × 15²", None),
        ("12 · 15 ** 2", 12 * 15**2),
        ("-2 ** 2", -(2**2)),
        ("2 ^ 3 ^ 2", 2 ** (3**2)),
        ("(8 - 2) / (8 + 2)", 0.6),
        ("7 - 2 - 1", 4),
        ("2 * sqrt(16)", 8),
        ("1 4", None),
        ("1 1/4", None),
        ("1/0", None),
        ("(1 + 2", None),
        ("1.2.3", None),
        ("nine", None),
        ("alert(1)", None),
        ("12 px", None),
        ("", None),
    ],
)
def test_what_is_typed_is_read_as_python_reads_numbers(
    page: Page, book_url: str, typed: str, value: float | None
) -> None:
    page.goto(f"{book_url}/padding-and-stride.html")
    found = page.evaluate(
        "text => cnnbookExercises.read(text, {right: [0.25], share: true})", typed
    )
    assert found.get("value") == value
    assert ("problem" in found) == (value is None)


def test_a_comma_parts_thousands_where_a_large_number_is_asked_for(
    page: Page, book_url: str
) -> None:
    page.goto(f"{book_url}/padding-and-stride.html")
    read = "right => cnnbookExercises.read('2,700', {right: [right]}).value"
    assert page.evaluate(read, 2700) == 2700
    assert page.evaluate(read, 0.25) == 2.7


def test_right_answers_are_praised_remembered_and_counted(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/padding-and-stride.html")
    assert not solved(page, NUMBER)
    assert counted(page, "Padding and stride") == ""
    assert answer(page, NUMBER, "9") == due(NUMBER, 9)
    assert solved(page, NUMBER)
    assert counted(page, "Padding and stride").startswith("1 of 5")
    page.reload()
    assert solved(page, NUMBER)
    page.goto(f"{book_url}/pooling.html")
    assert counted(page, "Padding and stride").startswith("1 of 5")
    assert counted(page, "Pooling") == ""


def test_a_known_mistake_is_explained_and_enter_checks(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/padding-and-stride.html")
    here = place(page, NUMBER)
    here.get_by_label("Your answer").fill("10")
    page.keyboard.press("Enter")
    verdict = here.locator(".exercise-verdict")
    assert verdict.get_attribute("aria-live") == "polite"
    assert verdict.inner_text() == due(NUMBER, 10)
    assert "rounding up" in verdict.inner_text()
    assert not solved(page, NUMBER)
    here.get_by_label("Your answer").fill("9")
    page.keyboard.press("Enter")
    assert solved(page, NUMBER)


def test_nonsense_gets_one_kind_line(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/padding-and-stride.html")
    field = place(page, NUMBER).locator("input")
    assert answer(page, NUMBER, "nine") == "This is no number. Type one like 12, −3, 0.25 or 1/4."
    assert field.get_attribute("aria-invalid") == "true"
    assert answer(page, NUMBER, "9 %") == "A plain number is asked for here, without %."
    assert answer(page, NUMBER, "") == "There is no answer yet: type a number."
    assert not solved(page, NUMBER)
    assert answer(page, NUMBER, "9") == due(NUMBER, 9)
    assert field.get_attribute("aria-invalid") is None


def test_a_table_is_filled_in_field_by_field(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/pooling.html")
    group = place(page, TABLE).get_by_role("group", name="Your answer")
    group.get_by_label("Row 2, column 1").fill("1")
    assert answer(page, TABLE, "2", "2", "", "5").startswith("There is no answer yet")
    assert page.evaluate("document.activeElement.id") == "answer-pooling-by_hand-2"
    assert answer(page, TABLE, "2", "2", "0", "5") == due(TABLE, 2, 2, 0, 5)
    assert answer(page, TABLE, "2", "2", "−2", "5") == due(TABLE, 2, 2, -2, 5)
    assert solved(page, TABLE)


def test_code_leads_to_the_notebook_and_is_ticked_off(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/padding-and-stride.html")
    here = place(page, CODE)
    href = here.get_by_role("link", name="padding-and-stride.ipynb").get_attribute("href")
    notebook = page.request.get(f"{book_url}/{href}")
    assert f'check("{CODE}", answer)' in "".join(
        cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        for cell in notebook.json()["cells"]
    )
    box = here.get_by_label("I have solved it")
    box.check()
    assert solved(page, CODE)
    page.reload()
    expect(box).to_be_checked()
    box.uncheck()
    assert not solved(page, CODE)


def test_what_is_solved_can_be_forgotten_and_remembered_again(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/padding-and-stride.html")
    button = page.locator(".exercises-forget button")
    expect(button).to_be_hidden()
    place(page, CODE).get_by_label("I have solved it").check()
    answer(page, NUMBER, "9")
    button.click()
    assert not solved(page, NUMBER)
    assert counted(page, "Padding and stride") == ""
    button.click()
    assert solved(page, NUMBER)
    assert counted(page, "Padding and stride").startswith("2 of 5")
    button.click()
    page.reload()
    assert not solved(page, NUMBER)
    expect(button).to_be_hidden()


def test_a_page_works_where_nothing_can_be_stored(browser: Browser, book_url: str) -> None:
    page = browser.new_page()  # scripts of the theme complain
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})"
    )
    page.goto(f"{book_url}/padding-and-stride.html")
    assert answer(page, NUMBER, "9") == due(NUMBER, 9)
    assert solved(page, NUMBER)
    assert counted(page, "Padding and stride").startswith("1 of 5")
    page.close()


def test_what_is_stored_by_others_does_no_harm(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/padding-and-stride.html")
    for stored in ("{", '{"a": 1}', "null", '["no.such.exercise"]'):
        page.evaluate("text => localStorage.setItem('cnnbook-solved', text)", stored)
        page.reload()
        assert not solved(page, NUMBER)
        assert counted(page, "Padding and stride") == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forms_shut_nobody_out(browser: Browser, book_url: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=True,
    )
    page = context.new_page()
    seen: set[str] = set()
    for name, chapter, typed in (
        (NUMBER, "padding-and-stride", ["nine"]),
        (TABLE, "pooling", ["2", "2", "0", "5"]),
        (TABLE, "pooling", ["2", "2", "-2", "5"]),
    ):
        page.goto(f"{book_url}/{chapter}.html")
        here = place(page, name)
        for field, text in zip(here.locator("form input").all(), typed, strict=True):
            field.fill(text)
        here.get_by_role("button", name="Check").tap()
        expect(here.locator(".exercise-verdict p")).to_be_visible()
        size = here.get_by_role("button", name="Check").bounding_box()
        assert size is not None
        assert size["height"] >= 40
        # Once a page as a whole: what another answer changes lies in its form.
        form = f'.exercise-answer[data-exercise="{name}"]' if chapter in seen else None
        assert shut_out(page, form) == ""
        seen.add(chapter)
        assert (
            page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            <= 1
        )
    context.close()


@pytest.mark.parametrize("name", CHAPTERS, ids=str)
def test_every_exercise_has_its_place_and_its_data(page: Page, book_url: str, name: object) -> None:
    page.goto(f"{book_url}/{name}")
    told = page.evaluate(
        "[...document.querySelectorAll('.exercise')].map(one => {"
        " const place = one.querySelector('.exercise-answer');"
        " const data = place && place.querySelector('.exercise-data');"
        " return [place && place.dataset.exercise, data && JSON.parse(data.textContent)]; })"
    )
    names = [one for one, _ in told]
    assert set(names) <= set(exercises.names())
    assert len(set(names)) == len(names)
    for one, data in told:
        assert data == DATA.get(one)
    assert page.evaluate("cnnbookChapters")[str(name).removesuffix(".html")] == names
