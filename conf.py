"""Sphinx configuration. Pages are run and checked by pagecheck before Sphinx reads them."""

import os
import sys
from pathlib import Path

from cnnbook import __version__

HERE = Path(__file__).parent
sys.path.append(str(HERE / "book" / "_extensions"))

project = "Convolutional neural networks, executed"
author = "The cnnbook authors"
copyright = "the cnnbook authors. Text: CC BY 4.0, code: MIT"
release = version = __version__

extensions = [
    "pagecheck",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx-mathjax-offline",
    "sphinx_codeautolink",
    "sphinx_copybutton",
    "sphinx_exercise",
    "sphinx_togglebutton",
    "sphinxcontrib.bibtex",
]
exclude_patterns = ["_static", "_extensions"]
nitpicky = True
# Where these are documented can only be asked of a network, and the build asks none.
nitpick_ignore_regex = [
    ("py:.*", r"(torch|numpy|matplotlib|PIL|sklearn)\..*"),
    ("py:.*", r"(collections|contextlib|pathlib|typing|types)\..*"),
    # Docstrings speak of constants of their module, which their page does not show.
    ("py:(data|attr)", r"[A-Z_]+|chosen"),
]

# The build, the tests and `make accept` read here where pages lie, where runs are kept
# (CNNBOOK_PAGES names another folder), and under what conditions pages run.
pagecheck_source = "book"
pagecheck_store = os.environ.get("CNNBOOK_PAGES") or "_build/pages"
pagecheck_conditions = "cnnbook.book:conditions_for"
pagecheck_kernels = "cnnbook.book:kernels_at_once"
pagecheck_preload = "cnnbook.book:preload"
pagecheck_vary = {  # where bands are measured: formats, rounding, older processors' instructions
    "CNNBOOK_FORMAT": ["fp32", "bf16"],
    "CNNBOOK_NUDGE": ["1", "2", "3"],
    "ONEDNN_MAX_CPU_ISA": ["", "AVX"],
    "ATEN_CPU_CAPABILITY": ["", "default"],
    "MKL_ENABLE_INSTRUCTIONS": ["", "AVX"],
}
pagecheck_empty = ["CNNBOOK_CACHE"]  # and trainings are made anew there
# What the book is made of besides its pages: while nothing of it changes, a build is over at once.
pagecheck_watch = ["src", "pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"]
pagecheck_data = "cnnbook.book:data_folders"
pagecheck_always = ["appendix/references"]  # what every page may cite
pagecheck_dark_figures = True
nb_merge_streams = True
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# The API reference is made of docstrings, and names in the pages' code lead to it.
autosummary_generate = False  # the lists only; looking for stubs would import every module
autodoc_member_order = "bysource"
autodoc_default_options = {"no-value": True}
napoleon_numpy_docstring = False
napoleon_use_rtype = False  # what stands before a colon under "Returns" need not be a type
napoleon_attr_annotations = False  # a dataclass's signature has the types of its attributes
codeautolink_concat_default = True  # what a cell imports, the later cells of the page use

numfig = True
numfig_format = {"figure": "Figure %s"}
numfig_secnum_depth = 1
exercise_style = "solution_follow_exercise"  # a solution's title opens it, and leads nowhere
copybutton_selector = "div:not(.output) > div.highlight > pre"

bibtex_bibfiles = [str(HERE / "book" / "references.bib")]  # older versions look elsewhere
bibtex_reference_style = "author_year"

html_baseurl = os.environ.get("CNNBOOK_ADDRESS", "")  # where the book will be found
html_math_renderer = "mathjax"  # where another is known, Sphinx would take that (as_epub)
html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["book/_static"]
html_favicon = "book/_static/favicon.svg"
html_context = {"default_mode": "auto"}
html_css_files = ["cnnbook.css"]
html_js_files = [("terms.js", {"defer": "defer"}), ("reading.js", {"defer": "defer"})]
html_search_scorer = "book/_static/scorer.js"
html_secnumber_suffix = " · "
html_copy_source = True
html_last_updated_fmt = None
html_theme_options = {
    "use_download_button": True,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "navbar_persistent": [],
    "navigation_with_keys": False,  # the arrows scroll code that is wider than the column
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def setup(app):
    """Install the book's own extensions, after those whose work they mend."""
    for name in (
        "api_links",
        "as_epub",
        "cards",
        "chapter_numbers",
        "code_lines",
        "contents",
        "exercises_in_page",
        "figures",
        "furniture",
        "hover",
        "interactive",
        "lighter",
        "margins",
        "portable",
        "terms",
    ):
        app.setup_extension(name)
