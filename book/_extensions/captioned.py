"""What directives share that put something known by its name on a page, with a caption."""

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective


class Captioned(SphinxDirective):
    """``{directive} name``: a caption of one line, and a body that says what is shown."""

    required_arguments = 1
    has_content = True
    option_spec = {"caption": directives.unchanged_required}  # noqa: RUF012

    def of(self, known, what):
        """The name that is asked for, and its caption.

        Args:
            known: the names that there are.
            what: what they are names of, for errors.
        """
        (name,) = self.arguments
        if name not in known:
            raise self.error(f"there is no {what} {name!r}; there are {', '.join(known)}")
        if "caption" not in self.options:
            raise self.error(f"the {what} {name!r} needs a :caption: of one line")
        return name, self.options["caption"]
