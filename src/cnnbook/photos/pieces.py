"""Which of the pieces of ink are the digit: no line, frame, pen or second digit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .read import PhotographError

Labels = NDArray[np.int32]

EIGHT = np.ones((3, 3), dtype=bool)  # a pixel's neighbours, diagonal ones too
THING = 0.2  # least mass, in parts of the heaviest piece's, of what is no speck
TALL = 0.45  # least extent, likewise
SPLIT = 0.6  # least height, in parts of the tallest, of what is no stroke of another digit
HOLES = 3  # no digit has as many as four
_ROD = 6.0  # length over width, by the spread of the pixels, of a pen or a ruled line
_RULED = 25.0  # and of a ruled line alone: no 1 is as thin


@dataclass(frozen=True)
class Piece:
    """A connected piece of ink.

    Attributes:
        number: its label.
        mass: its darkness added up.
        box: the rows and columns that it lies in.
        extent: the longer side of the box, in pixels.
        rim: its share of the pixels of the view's rim.
        length: how many times longer than wide it is, by the spread of its pixels.
    """

    number: int
    mass: float
    box: tuple[slice, slice]
    extent: int
    rim: float
    length: float

    @property
    def is_rod(self) -> bool:
        """Whether it is long and straight, as a pen or a line is; so is a 1."""
        return self.length >= _ROD


def pieces_of(soft: NDArray[np.float32], mask: NDArray[np.bool_]) -> tuple[Labels, list[Piece]]:
    """The connected pieces of a mask, the heaviest first; over gaps that a faint line may have."""
    gap = max(mask.shape) // 80
    bridged = ndimage.binary_dilation(mask, EIGHT, iterations=gap) if gap else mask
    labels, count = ndimage.label(bridged, EIGHT)
    labels = labels * mask
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    shares = np.bincount(rim, minlength=count + 1) / rim.size
    masses = ndimage.sum_labels(soft, labels, np.arange(count + 1))
    found = [
        Piece(
            number,
            float(masses[number]),
            box,
            max(part.stop - part.start for part in box),
            float(shares[number]),
            _length(labels[box] == number),
        )
        for number, box in enumerate(ndimage.find_objects(labels), start=1)
        if box is not None
    ]
    return labels, sorted(found, key=lambda piece: -piece.mass)


def _length(mask: NDArray[np.bool_]) -> float:
    places = np.argwhere(mask).astype(np.float64)
    if len(places) < 3:
        return 1.0
    # A pixel is a square and no point: it adds a twelfth to the variance in each direction.
    spread = np.linalg.eigvalsh(np.cov(places.T) + np.eye(2) / 12)
    return float(np.sqrt(spread[1] / spread[0]))


class NotOneDigitError(PhotographError):
    """There is something written, but not one digit."""


def the_digits(labels: Labels, pieces: list[Piece]) -> Piece:
    """The main piece of the one digit that there is.

    Raises:
        NotOneDigitError: if there are several, or only ruled lines.
    """
    heavy = [piece for piece in pieces if piece.mass >= THING * pieces[0].mass]
    frames = [piece for piece in heavy if encloses(labels, piece, pieces)]
    pieces = [piece for piece in pieces if piece not in frames] or pieces
    heaviest = pieces[0]
    things = [
        piece
        for piece in pieces
        if piece.mass >= THING * heaviest.mass and piece.extent >= TALL * heaviest.extent
    ]
    written = [piece for piece in things if not piece.is_rod]
    if len(written) == 1 and all(
        piece.rim > 0 or piece.extent >= 1.3 * written[0].extent for piece in things if piece.is_rod
    ):
        things = written  # a pen lies beside it, or lines run through the picture
    whole = [piece for piece in things if piece.rim == 0]
    if len(whole) > 1 and (count := _apart(whole)) > 1:
        raise NotOneDigitError(
            f"{count} things are seen, and one digit can be read; photograph one digit alone"
        )
    main = (whole or things)[0]
    if _only_lines(labels, main):
        raise NotOneDigitError(
            "only lines are seen and no digit; photograph the digit larger, or with a darker pen"
        )
    return main


def encloses(labels: Labels, outer: Piece, pieces: list[Piece]) -> bool:
    """Whether a piece is a frame or a circle about another that is no speck."""
    inner = [
        piece
        for piece in pieces
        if piece is not outer
        and piece.extent >= 0.3 * outer.extent
        and all(
            whole.start < part.start and part.stop < whole.stop
            for whole, part in zip(outer.box, piece.box, strict=True)
        )
    ]
    if not inner:
        return False
    filled = ndimage.binary_fill_holes(labels[outer.box] == outer.number)
    here = labels[outer.box]
    return any(bool(filled[here == piece.number].all()) for piece in inner)


def _apart(pieces: list[Piece]) -> int:
    """How many of the pieces stand beside each other or one above the other, as digits do.

    They are about as tall as each other; the bar of a 5 that lies apart is not.
    """
    first = max(pieces, key=_height)
    return 1 + sum(
        _height(piece) >= SPLIT * _height(first)
        and any(
            min(one.stop, other.stop) - max(one.start, other.start)
            < 0.2 * min(one.stop - one.start, other.stop - other.start)
            for one, other in zip(first.box, piece.box, strict=True)
        )
        for piece in pieces
        if piece is not first
    )


def _height(piece: Piece) -> int:
    return int(piece.box[0].stop - piece.box[0].start)


def _only_lines(labels: Labels, piece: Piece) -> bool:
    """Whether a piece is a ruled line from side to side, or a grid."""
    across = any(
        part.start == 0 and part.stop == length
        for part, length in zip(piece.box, labels.shape, strict=True)
    )
    if not across:
        return False
    if piece.length >= _RULED:
        return True
    mask = np.pad(labels[piece.box] == piece.number, 1)
    _, grounds = ndimage.label(~mask)
    return grounds - 1 > HOLES and piece.rim > 0
