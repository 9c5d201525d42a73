"""What a page's author is told: one sentence with page, line and remedy."""


class PageError(Exception):
    """A page is not written as pages are; the message names the page, the line and the remedy."""
