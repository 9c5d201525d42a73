"""Checks for the page "Where are the houses in a picture from above?"."""

from typing import Any

import torch

from ._answers import Wrong, described
from ._kit import call, compare, exercise
from ._ruled_out import words_of
from .by_hand import ByHand

# The intersection over union of two rectangles of pixels. They are equally large, so that Dice's
# measure is the share of the house, too.
ByHand(
    "aerial.by_hand",
    right=12 / 28,
    praise="12 pixels in common, 28 in one of the two or in both: not found at a bar of 0.5.",
    mistakes={
        "is the intersection; divide it by the union.": 12,
        "is the share of the house that is marked: marks beside it have to count, too.": 12 / 20,
        "divides by both areas together, and so counts the intersection twice below.": 12 / 40,
        "is the share of the wrong pixels.": 16 / 28,
    },
    otherwise="is not it. Count the pixels of both, and those of one or the other.",
    within=(0.002, 0),
    share=True,
)


@exercise("aerial.f1")
def check_f1(answer: Any) -> str:
    """A function f1(ious): from the IoU of each mark with each house to the F1 of found houses."""
    tables = [
        [[0.7, 0.0, 0.0], [0.2, 0.4, 0.0], [0.0, 0.0, 0.8], [0.0, 0.0, 0.05]],
        [[0.5, 0.0], [0.0, 0.6], [0.3, 0.0]],
        [[0.1, 0.0, 0.0, 0.2]],
        [[0.51, 0.3, 0.0], [0.0, 0.45, 0.0]],
        [[0.8, 0.0], [0.0, 0.55]],
        [[0.0, 0.8], [0.7, 0.2], [0.0, 0.0]],
    ]
    for table in tables:
        ious = torch.tensor(table, dtype=torch.float64)
        inputs = {"ious": ious}
        result = call(answer, "f1(ious)", inputs)
        marks, houses = ious.shape
        right = int((ious > 0.5).sum())
        compare(
            result,
            2 * right / (marks + houses),
            described(inputs),
            {
                "That is precision: it forgets the houses that were missed.": right / marks,
                "That is recall: it forgets the marks where there is no house.": right / houses,
                "An IoU of exactly 0.5 is not above 0.5: two marks could reach it for one house.": (
                    2 * int((ious >= 0.5).sum()) / (marks + houses)
                ),
                "To touch a house is not to find it: the IoU has to be above 0.5.": (
                    2 * int((ious > 0).any(dim=0).sum()) / (marks + houses)
                ),
                "That is the share of the right ones among all, which counts a found house once "
                "where F1 counts it twice, above and below.": right / (marks + houses - right),
                "That is a mean of IoUs; F1 counts houses.": ious.max(dim=0).values.mean(),
            },
        )
    return f"It is right for {len(tables)} tables, one in which nothing is found included."


@exercise("aerial.eight")
def check_eight(answer: Any) -> str:
    """A function eight(image): the eight symmetries of a square picture, (S, S) -> (8, S, S)."""
    if "dihedral" in words_of(answer):
        raise Wrong("That uses dihedral, which does all the work. Turn and mirror yourself.")
    generator = torch.Generator().manual_seed(0)
    sizes = (3, 2, 6)
    for size in sizes:
        image = torch.randn(size, size, generator=generator, dtype=torch.float64)
        turns = [torch.rot90(image, turn) for turn in range(4)]
        back = [torch.rot90(image, -turn) for turn in range(4)]
        mirrored_first = [torch.rot90(image.flip(1), turn) for turn in range(4)]
        compare(
            call(answer, "eight(image)", {"image": image}),
            torch.stack([*turns, *(each.flip(1) for each in turns)]),
            described({"image": image}),
            {
                "You turn clockwise; against the clock was asked for.": torch.stack(
                    [*back, *(each.flip(1) for each in back)]
                ),
                "You mirror first and turn then, which gives the last four in another order.": (
                    torch.stack([*turns, *mirrored_first])
                ),
                "Left and right are to be swapped, not top and bottom.": torch.stack(
                    [*turns, *(each.flip(0) for each in turns)]
                ),
                "The last four are the first four again: a picture that is mirrored along both "
                "axes is one that is turned by two right angles.": torch.stack(
                    [*turns, *(each.flip(0, 1) for each in turns)]
                ),
                "Those are the four turns; each of them can be mirrored, too.": torch.stack(turns),
            },
        )
    return f"All eight, in this order, for pictures of {', '.join(map(str, sizes))} pixels."
