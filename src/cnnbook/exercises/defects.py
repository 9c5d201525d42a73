"""Checks for the page "Is this piece of cloth faulty?"."""

from typing import Any

import torch
from torch import Tensor

from ._answers import described
from ._kit import call, compare, exercise


@exercise("defects.distance")
def check_distance(answer: Any) -> str:
    """A function distance(points, mean, covariance): Mahalanobis distances (N,)."""
    generator = torch.Generator().manual_seed(0)
    cases = [(torch.tensor([[3.0, 0.0], [0.0, 3.0]]), torch.tensor([[9.0, 0.0], [0.0, 1.0]]))]
    for count, channels in ((4, 3), (1, 2), (6, 5)):
        root = torch.randn(channels, channels, generator=generator)
        points = torch.randn(count, channels, generator=generator)
        cases.append((points, root @ root.T + torch.eye(channels)))
    for points, covariance in cases:
        mean = torch.arange(points.shape[1]) / 2
        inputs = {"points": points, "mean": mean, "covariance": covariance}
        inverse = torch.linalg.inv(covariance.double())
        due = _distance(points, mean, inverse)
        compare(
            call(answer, "distance(points, mean, covariance)", inputs),
            due,
            described(inputs),
            {
                "That is the square of the distance.": due**2,
                "That is the plain distance: the covariance has no part in it.": _distance(
                    points, mean, torch.eye(len(mean)).double()
                ),
                "It is the inverse of the covariance that belongs in the middle.": _distance(
                    points, mean, covariance.double()
                ),
                "Each number is divided by its own deviation; that leaves out how numbers vary "
                "together.": _distance(points, mean, torch.diag(1 / covariance.diagonal())),
                "The mean has to be subtracted first.": _distance(points, 0 * mean, inverse),
            },
        )
    return f"It is right for {len(cases)} Gaussians of 2 to 5 numbers."


def _distance(points: Tensor, mean: Tensor, middle: Tensor) -> Tensor:
    away = points.double() - mean.double()
    return torch.einsum("ni,ij,nj->n", away, middle.double(), away).sqrt()


@exercise("defects.pasted")
def check_pasted(answer: Any) -> str:
    """A function pasted(image, other, where, gain): the other image, brighter, where asked."""
    generator = torch.Generator().manual_seed(1)
    for shape, gain in (((4, 4), 0.6), ((3, 3), 1.0), ((6, 6), 1.4), ((3, 5), 2.0)):
        image, other = torch.rand(2, *shape, generator=generator)
        where = torch.rand(shape, generator=generator) < 0.4
        other[0, 0], where[0, 0] = 0.95, True
        inputs = {
            "image": image,
            "other": other,
            "where": where,
            "gain": torch.tensor(gain).double(),
        }
        compare(
            call(answer, "pasted(image, other, where, gain)", inputs),
            torch.where(where, (gain * other).clamp(max=1), image),
            described(inputs),
            {
                "That is pasted everywhere else.": torch.where(
                    where, image, (gain * other).clamp(max=1)
                ),
                "Pixels end at 1: what would be brighter is white.": torch.where(
                    where, gain * other, image
                ),
                "The gain belongs to what is pasted, not to the whole piece.": (
                    gain * torch.where(where, other, image)
                ).clamp(max=1),
                "That adds the two; what is pasted covers what was there.": (
                    image + gain * other * where
                ).clamp(max=1),
                "The gain has no part in it.": torch.where(where, other, image),
            },
        )
    return "It is right for 4 pieces, a gain that would go beyond white included."


@exercise("defects.region_overlap")
def check_region_overlap(answer: Any) -> str:
    """A function region_overlap(regions, found): each region's share that is found, averaged."""
    regions = torch.zeros(6, 8, dtype=torch.int64)
    regions[0, 0], regions[2:6, 2:6], regions[1, 7] = 1, 2, 3
    generator = torch.Generator().manual_seed(2)
    everything = torch.ones(6, 8, dtype=torch.bool)
    found_at_random = [torch.rand(6, 8, generator=generator) < share for share in (0.3, 0.6)]
    answers = [*found_at_random, everything, regions == 2, regions == 1, ~everything]
    cases = [(regions, found) for found in answers]
    # Regions that touch, and one around a corner; then a single one.
    touching = torch.tensor([[1, 1, 2, 2, 0], [1, 0, 0, 2, 0], [1, 0, 0, 2, 4], [0, 3, 0, 0, 4]])
    marked = torch.tensor([[1, 0, 1, 1, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 1], [0, 1, 0, 1, 0]])
    cases += [(touching, marked.bool()), (torch.tensor([[1, 1, 0]]), torch.tensor([[1, 0, 0]]) > 0)]
    for regions, found in cases:
        inputs = {"regions": regions, "found": found}
        labels = range(1, int(regions.max()) + 1)
        shares = torch.stack([found[regions == label].double().mean() for label in labels])
        pooled = found[regions > 0].double().mean()
        with_ground = torch.cat([found[regions == 0].double().mean()[None], shares])
        compare(
            call(answer, "region_overlap(regions, found)", inputs),
            shares.mean(),
            described(inputs),
            {
                "That pools the pixels: the large region drowns the small ones.": pooled,
                "Label 0 is the ground, not a region.": with_ground.mean(),
                "That counts regions that are touched; their share was asked for.": (
                    (shares > 0).double().mean()
                ),
                "That is the share of what is found that lies in regions.": (
                    (regions > 0)[found].double().mean() if bool(found.any()) else None
                ),
            },
        )
    return f"It is right for {len(cases)} answers: the large region alone counts a third."
