"""The figures of cells on pages that have a light and a dark mode.

In ``conf.py`` of a book whose theme shows elements of the classes ``only-light`` and ``only-dark``
in that mode only, as pydata-sphinx-theme and those built on it do::

    pagecheck_dark_figures = True

Each of matplotlib's figures is then on a page twice, without its white ground, and once in the
colours that a dark page needs. ``pagecheck_dark_figures = "#1b1b1f"`` says what ground that page
has. Other writers than HTML's and notebooks get the figure as it was drawn, on white.

All pictures that cells show are given their width and height, so that a page does not move when
they are loaded. ``--pixels`` is a figure's own width for style sheets.
"""

import hashlib
import posixpath
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.images import get_image_size

from .dark import DARK, FigureNotUnderstoodError, is_figure, on_both_grounds, pixel_size
from .dark.colours import parsed
from .store import write_whole

SETTING = "pagecheck_dark_figures"
_OUTPUT = "cell_code_output"
"""What MyST-NB calls the part of a cell that holds its outputs."""
_BARE = "background: none; padding: 0;"
_BARE_IMAGE = f'<img style="{_BARE}" '
_LOGGER = logging.getLogger(__name__)


class ShownImage(nodes.image):  # type: ignore[misc]
    """A picture that a cell shows; ``pixels`` is its size, which the browser is told."""


class BothModes(nodes.General, nodes.Element):  # type: ignore[misc]
    """A figure as it was drawn, and for light and for dark pages: three images."""


def setup_figures(app: Sphinx) -> None:
    """Install the setting and all that follows it."""
    app.add_config_value(SETTING, False, "env", (bool, str))
    app.connect("config-inited", _check)
    app.add_node(ShownImage, html=(_write_image, _leave_image))
    app.add_node(BothModes, html=(_open, _close))
    app.add_transform(PutInBothModes)
    app.add_post_transform(ChooseMode)


class PutInBothModes(SphinxTransform):
    """Put all pictures that cells show into a form in which they can be written."""

    default_priority = 500

    def apply(self, **options: Any) -> None:
        for image in list(self.document.findall(nodes.image)):
            if _is_shown_by_a_cell(image):
                image.replace_self(self._made(image))

    def _made(self, image: nodes.image) -> nodes.Element:
        path = Path(self.env.relfn2path(image["uri"], self.env.docname)[1])
        if path.suffix != ".svg":
            return _sized(image, get_image_size(path))
        svg = path.read_text(encoding="utf-8")
        size = pixel_size(svg)
        ground = self.config[SETTING]
        if not ground or not is_figure(svg):
            return _sized(image, size)
        try:
            pair = on_both_grounds(svg, DARK if ground is True else ground)
        except FigureNotUnderstoodError as error:
            _LOGGER.warning(
                "a figure cannot be made ready for dark pages, and stays on white: %s",
                error,
                location=image,
                type="pagecheck",
                subtype="figure",
            )
            pair = None
        if pair is None:
            return _sized(image, size)
        light = _variant(_sized(image, size), pair.light, "light", path)
        dark = _variant(_sized(image, size), pair.dark, "dark", path)
        dark["ids"], dark["names"] = [], []
        return BothModes("", image.copy(), light, dark)


class ChooseMode(SphinxPostTransform):
    """HTML gets what suits either mode of its pages, all others what was drawn."""

    default_priority = 5  # after MyST-NB's choice of what is shown, before images are converted

    def run(self, **options: Any) -> None:
        builder = self.env.app.builder
        has_modes = builder.format == "html" and builder.name != "epub"
        for figure in list(self.document.findall(BothModes)):
            drawn = figure[0]
            if has_modes:
                figure.remove(drawn)
            else:
                figure.replace_self(drawn)


def _check(app: Sphinx, config: Config) -> None:
    value = config[SETTING]
    if not isinstance(value, bool):
        try:
            parsed(value)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{SETTING}: {error}") from error


def _is_shown_by_a_cell(image: nodes.Element) -> bool:
    above = image.parent
    while above is not None:
        if above.get("nb_element") == _OUTPUT:
            return True
        above = above.parent
    return False


def _variant(image: nodes.image, svg: str, mode: str, drawn: Path) -> nodes.image:
    """Let an image show what is for one mode; the file lies beside the one that was drawn."""
    name = f"{hashlib.sha256(svg.encode()).hexdigest()}.svg"
    if not drawn.with_name(name).exists():
        write_whole(drawn.with_name(name), svg)
    image["uri"] = posixpath.join(posixpath.dirname(image["uri"]), name)
    image["classes"] = [*image["classes"], f"only-{mode}"]
    return image


def _sized(image: nodes.image, size: tuple[int, int] | None) -> nodes.image:
    """An image of its own size, unless the page says which it is to have."""
    made = ShownImage(image.rawsource, **image.attributes)
    made.source, made.line = image.source, image.line
    if size is not None and not {"width", "height", "scale"} & set(image.attributes):
        made["pixels"] = list(size)
    return made


def _write_image(writer: Any, node: ShownImage) -> None:
    writer.visit_image(node)
    tag = writer.body[-1]
    if "pixels" in node:
        width, height = node["pixels"]
        tag = tag.replace("<img ", f'<img width="{width}" height="{height}" ', 1)
    if "only-dark" in node["classes"]:
        # The themes put cells' pictures on a light card.
        with_style = 'style="' in tag
        old, new = ('style="', f'style="{_BARE} ') if with_style else ("<img ", _BARE_IMAGE)
        tag = tag.replace(old, new, 1)
    writer.body[-1] = tag


def _leave_image(writer: Any, node: ShownImage) -> None:
    writer.depart_image(node)


def _open(writer: Any, node: BothModes) -> None:
    # Of its own, since a picture that is not shown would hide the caption beside it. Style sheets
    # do not know how wide a picture is by itself, and small screens have to: letters shrink too.
    own = f' style="--pixels: {node[0]["pixels"][0]}px"' if "pixels" in node[0] else ""
    writer.body.append(f'<div class="pagecheck-figure"{own}>\n')


def _close(writer: Any, node: BothModes) -> None:
    writer.body.append("</div>\n")
