"""Everything that a reader sees is in the text that is recorded, whatever its type."""

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pagecheck.kernel import run_in_kernel
from pagecheck.outputs import settled, shown_text, shows_image
from pagecheck.page import parse_page


def displayed(**data: str) -> str:
    kinds = {kind.replace("_", "/").replace("svg", "svg+xml"): each for kind, each in data.items()}
    kinds["text/plain"] = "<object>"  # what the page shows goes first
    return shown_text([{"output_type": "display_data", "data": kinds}])


def encoded(pixels: Any, kind: str = "PNG", **options: Any) -> str:
    buffer = BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(buffer, kind, **options)
    return base64.b64encode(buffer.getvalue()).decode()


PIXELS = np.random.default_rng(0).integers(0, 256, (12, 16, 3))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text_html": "<b>loss</b> 0.91"}, {"text_html": "<b>loss</b> 0.55"}),
        ({"text_markdown": "loss **0.91**"}, {"text_markdown": "loss **0.55**"}),
        ({"text_latex": "$x = 0.91$"}, {"text_latex": "$x = 0.55$"}),
        ({"image_png": encoded(PIXELS)}, {"image_png": encoded(PIXELS[:, ::-1])}),
        ({"image_png": encoded(PIXELS)}, {"image_png": encoded(PIXELS[:, :, ::-1])}),
        ({"image_jpeg": encoded(PIXELS, "JPEG")}, {"image_jpeg": encoded(255 - PIXELS, "JPEG")}),
        (
            {"image_svg": "<svg><path d='M0 1'/></svg>"},
            {"image_svg": "<svg><path d='M0 2'/></svg>"},
        ),
        ({"application_javascript": "alert(1)"}, {"application_javascript": "alert(2)"}),
        (
            {"text_html": f"<img src='data:image/png;base64,{encoded(PIXELS)}'>"},
            {"text_html": f"<img src='data:image/png;base64,{encoded(PIXELS[::-1])}'>"},
        ),
        (
            {"text_html": "<table><tr><td>1<td>2</table>"},
            {"text_html": "<table><tr><td>2<td>1</table>"},
        ),
    ],
)
def test_another_content_is_another_text(one: dict[str, str], other: dict[str, str]) -> None:
    assert displayed(**one) != displayed(**other)


def test_the_text_of_a_picture_is_that_of_its_pixels_and_not_of_its_file() -> None:
    small, large = encoded(PIXELS, compress_level=9), encoded(PIXELS, compress_level=0)
    assert small != large
    assert displayed(image_png=small) == displayed(image_png=large)


def test_an_animation_is_known_by_the_order_of_its_frames() -> None:
    frames = [Image.fromarray(np.full((4, 4), level, np.uint8)) for level in (0, 99, 200)]

    def animation(order: list[int]) -> str:
        buffer = BytesIO()
        first, *others = (frames[index] for index in order)
        first.save(buffer, "GIF", save_all=True, append_images=others)
        return displayed(image_gif=base64.b64encode(buffer.getvalue()).decode())

    assert animation([0, 1, 2]).startswith("animation 3 frames 4x4")
    assert animation([0, 1, 2]) != animation([0, 2, 1])


def test_random_identifiers_do_not_show() -> None:
    svg = '<svg><defs><clipPath id="{0}"/></defs><g clip-path="url(#{0})"/></svg>'
    assert displayed(image_svg=svg.format("p1f")) == displayed(image_svg=svg.format("x27"))
    script = "<div id='{0}'>a</div><script>plot('{0}', [1, 2])</script>"
    ids = ("6f1c2b3a-0000-4000-8000-123456789abc", "11111111-2222-4333-8444-555555555555")
    one, other = (displayed(text_html=script.format(each)) for each in ids)
    assert one == other != displayed(text_html=script.format(ids[0]).replace("2]", "3]"))


def test_a_table_is_read_row_by_row_and_its_styles_are_not() -> None:
    html = "<style>td {color: red}</style><table><tr><th></th><th>a</th></tr>\n<tr><td>x</td>"
    assert displayed(text_html=html) == "| a\nx\n"
    assert displayed(text_html="<tr><td>1</td><td></td><td>2</td></tr>") == "1 | | 2\n"


def test_a_glued_value_is_recorded_with_its_name_whether_it_is_displayed_or_not() -> None:
    for prefix in ("", "application/papermill.record/"):
        output = {
            "output_type": "display_data",
            "data": {f"{prefix}text/plain": "0.91"},
            "metadata": {"scrapbook": {"name": "accuracy", "mime_prefix": prefix}},
        }
        assert shown_text([output]) == "glue accuracy: 0.91\n"


def test_what_a_terminal_would_have_overwritten_is_not_shown() -> None:
    assert settled("\r 0%\r50%\r100%\ndone") == "100%\ndone"
    assert settled("a\r\nb\r\n") == "a\nb\n"
    assert settled("ab\x08c\x1b[?25l\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\x00") == "aclink"
    pieces = ["step 1\r", "step", " 2\n"]
    streams = [{"output_type": "stream", "name": "stdout", "text": each} for each in pieces]
    assert shown_text(streams) == "step 2\n"


@pytest.mark.parametrize(
    ("html", "silent"),
    [
        ("<img src='a.png'>", True),
        ("<img src='a.png' alt='A cat'>", False),
        ("<img src='a.png' alt=''>", True),
        ("<video src='a.mp4'></video>", True),
        ("<b>text</b>", False),
    ],
)
def test_pictures_in_html_need_a_text_as_others_do(html: str, silent: bool) -> None:
    assert shows_image([{"output_type": "display_data", "data": {"text/html": html}}]) is silent


RICH = """
%matplotlib inline
import matplotlib.pyplot as plt
plt.title("accuracy 0.55")
plt.plot([1, 7, 3]);
---
from IPython.display import HTML, Image, Latex, Markdown, Math, clear_output, display
display(Markdown("accuracy **0.91**"))
HTML("<b>loss 0.09</b>")
---
from myst_nb import glue
glue("accuracy", 0.91, display=False)
glue("loss", 0.09)
---
for i in range(3):
    clear_output(wait=True)
    print("step", i)
---
shown = display("first", display_id=True)
shown.update("last");
---
from PIL import Image as Picture
Picture.new("L", (8, 4), 51)
---
from matplotlib import animation
figure, ax = plt.subplots(figsize=(1, 1))
line, = ax.plot([0, 1])
def step(frame):
    line.set_ydata([0, frame])
film = animation.FuncAnimation(figure, step, frames=3)
html = film.to_jshtml()
plt.close("all")
HTML(html)
"""
EXPECTED = [
    'figure: 1 axes; "accuracy 0.55"',
    "accuracy **0.91**\nloss 0.09\n",
    "glue accuracy: 0.91\nglue loss: 0.09\n",
    "step 2\n",
    "'last'\n",
    "picture 8x4 grey, mean 51.0, digest 4.9882 4.9532\n",
    "animation 3 frames 100x100 colour",
]


@pytest.mark.slow
def test_a_page_shows_all_kinds_of_output(tmp_path: Path) -> None:
    cells = "".join(f"```{{code-cell}} python\n{each}\n```\n\n" for each in RICH.split("---\n"))
    run = run_in_kernel(parse_page(cells, tmp_path / "page.md"))
    shown = [shown_text(result.outputs) for result in run.results]
    assert len(shown) == len(EXPECTED), run.results[-1].error
    for text, expected in zip(shown, EXPECTED, strict=True):
        assert expected in text


def test_a_line_is_written_over_as_a_terminal_does_it_and_no_longer_line_takes_long() -> None:
    assert settled("abcdef\rxy\n") == "xycdef\n"
    assert settled("a" * 20_000 + "\b" * 20_000 + "b" * 20_000) == "b" * 20_000
    assert settled("x\r" * 20_000 + "y") == "y"
