"""Notebooks that can be taken along: each page's, made of what the page says and not of its source.

MyST-NB writes the page's source into the notebook, directives and roles as they are. Here these
become text that any Jupyter shows: exercises have their number, title and an empty answer,
solutions are folded, citations name authors and year, links lead to the book's address, if it has
one. The first cell installs the package from the wheel that lies in the built book. Beside each
notebook lies the same as a script.
"""

import json
import re
from functools import cache
from pathlib import Path

import nbformat
from hatchling.builders.wheel import WheelBuilder
from pybtex.backends.plaintext import Backend
from pybtex.database import parse_file
from pybtex.richtext import Text
from sphinx import addnodes

from pagecheck.page import read_page

ROOT = Path(__file__).parents[2]
FENCE = re.compile(
    r"""
    ^```\{(?P<gate>(?:exercise|solution)-(?:start|end))\}[ ]*(?P<title>.*)\n(?:^:.*\n)*```[ ]*\n?
    | ^(?P<colons>:{3,})\{(?P<figure>interactive|drawing)\}.*\n(?:^:.*\n)*
        (?P<still>(?:.*\n)*?)(?P=colons)[ ]*\n?
    | ^```\{container\}.*\n(?P<note>(?:.*\n)*?)```[ ]*\n?
    | ^```\{margin\}.*\n(?P<aside>(?:.*\n)*?)```[ ]*\n?
    """,
    re.MULTILINE | re.VERBOSE,
)
DOWNLOAD = re.compile(r"\{nb-download\}`[^`]*`\.?")
CITATION = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")
ROLE = re.compile(r"\{(?:doc|ref|term|numref)\}`([^`]+)`")
OTHER_ROLE = re.compile(r"\{[a-z:]+\}(`[^`]+`)")
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
PLAIN = Backend()  # by its name pybtex would look through all that is installed, each time
CHECK = re.compile(r'check\("([\w.-]+)"')


def setup(app):
    """Work when the downloads have been copied."""
    app.connect("build-finished", make_portable, priority=960)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def make_portable(app, exception):
    """Write the wheel, and each notebook anew."""
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(out / "_static"), versions=["standard"])
    for docnames, name in app.env.dlfiles.values():
        if str(name).endswith(".ipynb"):
            (docname,) = docnames
            # What MyST-NB wrote, not what may be of an earlier build.
            written = nbformat.read(out.parent / "jupyter_execute" / f"{docname}.ipynb", 4)
            made = Portable(app, docname).made(written, Path(wheel).name)
            target = out / "_downloads" / name
            nbformat.write(made, target)
            target.with_suffix(".py").write_text(script(made), encoding="utf-8")


def notebook_of(doctree):
    """The file in which a page can be had as a notebook, below ``_downloads``; None without one."""
    for node in doctree.findall(addnodes.download_reference):
        if node.get("reftarget", "").endswith(".ipynb") and "filename" in node:
            return node["filename"]
    return None


class Portable:
    """The way from one page's notebook to one that can be taken along."""

    def __init__(self, app, docname):
        self.env, self.docname = app.env, docname
        self.address = (app.config.html_baseurl or "").rstrip("/")
        self.book = app.config.project
        self.bibliography = entries(str(app.config.bibtex_bibfiles[0]))
        self.cited = []
        self.exercise, self.statement, self.solution = 0, None, None
        self.cells = []

    def made(self, notebook, wheel):
        """The notebook."""
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                self.take_text(cell.source + "\n")
            elif self.solution is not None:
                self.solution.append(f"```python\n{cell.source}\n```")
            elif self.statement is not None:
                self.statement.append(f"```python\n{cell.source}\n```")
            else:
                cell.source = cell.source.replace('"../results/', '"results/')
                cell.metadata.pop("mystnb", None)
                self.cells.append(cell)
        self.cells[:0] = self.beginning(wheel)
        self.add_sources()
        metadata = {
            "kernelspec": notebook.metadata["kernelspec"],
            "language_info": {"name": "python"},
        }
        cells = [fresh(cell, number) for number, cell in enumerate(self.cells)]
        return nbformat.v4.new_notebook(cells=cells, metadata=metadata)

    def take_text(self, text):
        """Part a cell's text at its directives."""
        place = 0
        for fence in FENCE.finditer(text):
            self.say(text[place : fence.start()])
            place = fence.end()
            gate, still, note = fence["gate"], fence["still"], fence["note"]
            if gate == "exercise-start":
                self.exercise += 1
                number = self.number(self.exercise)
                self.statement = [f"### Exercise {number}. {fence['title'].strip()}"]
            elif gate == "exercise-end":
                self.ask()
            elif gate == "solution-start":
                self.solution = []
            elif gate == "solution-end":
                self.fold()
            elif still is not None:
                drawn = fence["figure"] == "drawing"
                what = "a drawing" if drawn else "a figure that one can touch"
                self.say(f"*On the page is {what}.* {still.strip()}\n")
            elif (aside := fence["aside"]) is not None:
                self.say("".join(f"> {line}\n" for line in aside.strip().split("\n")))
            else:
                self.say(DOWNLOAD.sub("", note))
        self.say(text[place:])

    def say(self, text):
        """Text of the page, as any Jupyter shows it."""
        text = self.plain(text).strip("\n")
        if not text.strip():
            return
        if self.solution is not None:
            self.solution.append(text)
        elif self.statement is not None:
            self.statement.append(text)
        else:
            self.cells.append(words(text))

    def ask(self):
        """The exercise, an empty answer, and the call that checks it."""
        text, self.statement = "\n\n".join(self.statement), None
        self.cells.append(words(text))
        names = CHECK.findall(text)
        number = self.number(self.exercise)
        lines = [f"# Your answer to exercise {number}."]
        if names:
            lines = [
                "from cnnbook import exercises", "", *lines, "answer = ...", "",
                f'exercises.check("{names[-1]}", answer)',
            ]  # fmt: skip
        self.cells.append(code("\n".join(lines)))

    def fold(self):
        """A solution, with its code, that is shown when it is asked for."""
        number = self.number(self.exercise)
        body = "\n\n".join(self.solution)
        self.solution = None
        text = (
            f"<details>\n<summary>Solution to exercise {number}</summary>\n\n{body}\n\n</details>"
        )
        self.cells.append(words(text))

    def plain(self, text):
        """Text with its roles and links written out; what is code stays as it is."""
        parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
        return "".join(part if part.startswith("```") else self._plain(part) for part in parts)

    def _plain(self, text):
        text = CITATION.sub(lambda found: self.cite(found[1]), text)
        text = ROLE.sub(lambda found: self.refer(found[1]), text)
        text = OTHER_ROLE.sub(r"\1", text)
        text = LINK.sub(lambda found: self.link(found[1], found[2]), text)
        return re.sub(
            r"^# (.+)$", lambda t: f"# {self.number('')}{t[1]}", text, count=1, flags=re.MULTILINE
        )

    def number(self, place):
        """The number of this chapter's ``place``; for ``""`` what stands before its title."""
        numbers = self.env.toc_secnumbers.get(self.docname, {}).get("")
        if place == "":
            return f"{numbers[0]} · " if numbers else ""
        return f"{numbers[0]}.{place}" if numbers else str(place)

    def cite(self, keys):
        """Authors and year."""
        names = []
        for key in (key.strip() for key in keys.split(",")):
            if key not in self.cited:
                self.cited.append(key)
            names.append(short(self.bibliography[key]))
        return f"({'; '.join(names)})"

    def refer(self, target):
        """The text of a reference, and where it leads."""
        named = re.fullmatch(r"(.+?)\s*<(.+)>", target, re.DOTALL)
        text, place = (named[1], named[2]) if named else (None, target)
        docname = self.document(place)
        if docname is None:
            return text or place.replace("-", " ")
        return self.lead(text or self.env.titles[docname].astext(), docname, "")

    def link(self, text, target):
        """A link that works where the notebook is, or what it says."""
        if re.match(r"\w+:", target):
            return f"[{text}]({target})"
        path, _, anchor = target.partition("#")
        docname = self.document(path.removesuffix(".md")) if path else self.docname
        return text if docname is None else self.lead(text, docname, anchor)

    def lead(self, text, docname, anchor):
        """Text that leads to a page: by its address, else by the chapter's number."""
        if self.address:
            return f"[{text}]({self.address}/{docname}.html{'#' if anchor else ''}{anchor})"
        numbers = self.env.toc_secnumbers.get(docname, {}).get("")
        if docname == self.docname or not numbers:
            return text
        return f"{text} (chapter {numbers[0]})"

    def document(self, path):
        """The name of the document that a path from this page leads to."""
        here = Path(self.docname).parent
        parts = []
        for part in (here / path).parts:
            if part == "..":
                parts[-1:] = []
            else:
                parts.append(part)
        name = "/".join(parts)
        return name if name in self.env.found_docs else None

    def beginning(self, wheel):
        """What this is, and a cell that makes the package available where it is not."""
        numbers = self.env.toc_secnumbers.get(self.docname, {}).get("")
        what = f"chapter {numbers[0]}" if numbers else "a page"
        where = f"[*{self.book}*]({self.address}/{self.docname}.html)" if self.address else (
            f"*{self.book}*"
        )  # fmt: skip
        text = (
            f"This notebook is {what} of {where}. Run the first cell once: where the package "
            "`cnnbook` is not installed, it installs it, which takes a minute or two."
        )
        files = sorted(
            {Path(name).name for name in read_page(Path(self.env.doc2path(self.docname))).files}
        )
        return [
            words(text),
            code(first_cell(wheel, self.address, files)),
        ]

    def add_sources(self):
        """What is cited."""
        if self.cited:
            lines = [f"- {long(self.bibliography[key])}" for key in self.cited]
            text = "## Sources\n\n" + "\n".join(lines)
            self.cells.append(words(text))


def script(notebook):
    """A notebook as a script in the percent format, which Jupytext and editors open as one."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = "\n".join(f"# {line}".rstrip() for line in cell.source.split("\n"))
            parts.append(f"# %% [markdown]\n{text}\n")
        else:
            parts.append(f"# %%\n{cell.source}\n")
    return "\n".join(parts)


def first_cell(wheel, address, files):
    """Code that installs the package, and puts files of results where the page reads them."""
    elsewhere = repr(f"{address}/_static/{wheel}") if address else None
    code = INSTALLS.format(wheel=wheel, elsewhere=elsewhere)
    return code + (BRINGS_RESULTS.format(files=json.dumps(files)) if files else "")


INSTALLS = """\
import importlib.util
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("cnnbook") is None:
    wheel = "{wheel}"
    places = [Path(folder, wheel) for folder in (".", "../../_static", "_static")]
    found = next((str(place) for place in places if place.exists()), {elsewhere})
    if found is None:
        raise SystemExit(
            f"Put {{wheel}}, which lies in the folder _static of the built book, "
            "beside this notebook, and run this cell again."
        )
    command = [sys.executable, "-m", "pip", "install", "--quiet", found]
    subprocess.run(command, check=True)
    importlib.invalidate_caches()"""
BRINGS_RESULTS = """

import shutil

import cnnbook

package = Path(cnnbook.__file__).parent
folders = [package / "results", package.parents[1] / "book" / "results"]
Path("results").mkdir(exist_ok=True)
for name in {files}:
    source = next(folder / name for folder in folders if folder.is_dir())
    if not Path("results", name).exists():
        shutil.copy(source, "results")"""


def words(text):
    """A cell of text. nbformat's own functions check each cell, and the notebook's cells again."""
    return nbformat.from_dict({"cell_type": "markdown", "metadata": {}, "source": text})


def code(source):
    """A cell of code that has not run."""
    return nbformat.from_dict(
        {
            "cell_type": "code",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
    )


def fresh(cell, number):
    """A cell with a name that is the same in each build."""
    cell["id"] = f"cell-{number}"
    return cell


@cache
def entries(path):
    """The entries of the bibliography, by their keys."""
    return parse_file(path).entries


def short(entry):
    """Authors and year: *Szeliski, 2022*, *Dumoulin and Visin, 2016*, *He and others, 2016*."""
    people = [plain_name(" ".join(one.last_names)) for one in entry.persons.get("author", ())]
    who = people[0] if people else entry.fields.get("title", "")
    if len(people) == 2:
        who = " and ".join(people)
    elif len(people) > 2:
        who = f"{people[0]} and others"
    return f"{who}, {entry.fields.get('year', 'no year')}"


def long(entry):
    """A line on a source."""
    fields = entry.fields
    title = plain_name(fields.get("title", ""))
    place = fields.get("journal") or fields.get("booktitle") or fields.get("publisher") or ""
    address = fields.get("url") or (f"https://doi.org/{fields['doi']}" if "doi" in fields else "")
    parts = [f"{short(entry)}: *{title}*", plain_name(place), address]
    return ". ".join(part for part in parts if part)


def plain_name(text):
    """What stands in a bibliography, without its braces and commands of TeX."""
    return Text.from_latex(text).render(PLAIN)
