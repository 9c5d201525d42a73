"""A build in which nothing changed is quick: Sphinx is spared what it would do in vain.

At every build Sphinx loads all documents that it has ever read to number their figures. In a book
with figures that is most of the time of a build that changes nothing.
"""

import gc
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

_FIRST, _LAST = 1, 999


def remember_removed(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Note whether documents have gone, which changes the numbers of others."""
    app.connect("env-get-updated", _without_collecting, priority=_FIRST)
    app.connect("env-get-updated", _collecting, priority=_LAST)
    env.pagecheck_removed = bool(removed)  # type: ignore[attr-defined]
    return []


def spare_unneeded_walk(app: Sphinx, some_are_read: bool) -> None:
    """Leave the numbers of sections and figures as they are when no document is read or gone."""
    if some_are_read or getattr(app.env, "pagecheck_removed", True):
        return
    for listener in list(app.events.listeners.get("env-get-updated", ())):
        collector = getattr(listener.handler, "__self__", None)
        if isinstance(collector, TocTreeCollector):
            app.disconnect(listener.id)


def _without_collecting(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Python looks for garbage among the loaded documents again and again, and there is none."""
    gc.disable()
    return []


def _collecting(app: Sphinx, env: BuildEnvironment) -> list[Any]:
    gc.enable()
    return []
