"""What a figure's line leaves out because it is usual, written out where lines are compared.

A picture's colours are recorded where they do not run over just the range of its data. That range
is of numbers, and where a training's last digits decide whether it reaches the end of the colours,
a line would lose or gain words. Written out, two such lines differ in numbers alone.
"""

import re

_LEFT_OUT = re.compile(
    r"(?P<said>\bin (?P<range>\[[^\[\]]*\])(?: and \d+ not finite)?"
    r"(?:, mean [^,;]*)?(?:, centre [^,;]*)?)(?P<comma>,? )(?=digest )"
)


def written_out(line: str) -> str:
    """A line of a figure with the colours of each picture, also where they are those of its data.

    >>> written_out('"map": image 5x5 gray in [0.200, 1], mean 0.6, digest 4.1 5.2')
    '"map": image 5x5 gray in [0.200, 1], mean 0.6, colours [0.200, 1], digest 4.1 5.2'
    >>> written_out('image 5x5 gray in [0.200, 1], mean 0.6, colours [0, 1], digest 4.1 5.2')
    'image 5x5 gray in [0.200, 1], mean 0.6, colours [0, 1], digest 4.1 5.2'
    """
    return _LEFT_OUT.sub(r"\g<said>\g<comma>colours \g<range>\g<comma>", line)
