"""The ten digits drawn on 7 by 12 pixels: the codes that LeNet-5's output compares with.

The paper draws its characters that way so that those which people confuse get codes that are close,
and a language model that reads the scores can tell how close a call was. Its drawings are not
copied here; these are our own.
"""

import torch
from torch import Tensor

ROWS, COLUMNS = 12, 7

_DRAWINGS = """
..###.. ...#... .#####. .#####. ....##. ####### ..####. ####### .#####. .#####.
.#...#. ..##... ##...## ##...## ...###. ##..... .##.... ##...## ##...## ##...##
##...## .###... #.....# .....## ..##.#. ##..... ##..... .....## ##...## ##...##
##...## ...#... .....## .....## .##..#. ##..... ##..... ....##. ##...## ##...##
##...## ...#... ....##. ...###. ##...#. #####.. ##.###. ....#.. .##.##. ##...##
##...## ...#... ...##.. ...###. #....#. ....##. ###..## ...##.. ..###.. .######
##...## ...#... ..##... .....## ####### .....## ##...## ...#... .##.##. ..##.##
##...## ...#... .##.... .....## ....##. .....## ##...## ..##... ##...## .....##
##...## ...#... ##..... .....## ....##. .....## ##...## ..#.... ##...## .....##
##...## ...#... ##..... .....## ....##. ##...## ##...## .##.... ##...## ....##.
.#...#. ...#... ##...## ##...## ....##. ##...## .##.##. .##.... ##...## ...##..
..###.. .#####. ####### .#####. ....##. .#####. ..###.. .##.... .#####. .###...
"""


def digit_bitmaps() -> Tensor:
    """The drawings: +1 where there is ink, -1 where there is none.

    Shape: ``(10, 12, 7)``, one for each digit.

    Source: what they are for is in LeCun et al. (1998), section II.B, and figure 3 there.

    >>> bitmaps = digit_bitmaps()
    >>> bitmaps.shape, bitmaps.unique()
    (torch.Size([10, 12, 7]), tensor([-1.,  1.]))
    """
    rows = [line.split() for line in _DRAWINGS.split("\n") if line]
    ink = [
        [[1.0 if mark == "#" else -1.0 for mark in row[digit]] for row in rows]
        for digit in range(10)
    ]
    return torch.tensor(ink)
