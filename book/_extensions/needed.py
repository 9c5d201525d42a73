"""Tools that only some commands need: where they are, and what is said where they are not."""

import os
import shutil
import sys


class ToolMissing(SystemExit):
    """Something that is not there, and how to get it: one line, and status 2."""

    def __init__(self, line):
        print(line, file=sys.stderr)
        super().__init__(2)


def chromium():
    """The browser: the one that CHROMIUM names, else Debian's or another's; None without one."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")
