"""Laws of the figure of clouds: all at one scale, each over the same reference."""

import numpy as np
import pytest
import torch

from cnnbook import plots


def test_every_cloud_lies_over_the_reference_at_one_scale() -> None:
    clouds = {name: torch.randn(20, 2) * (number + 1) for number, name in enumerate("abcde")}
    reference = torch.randn(30, 2)
    figure = plots.show_clouds(clouds, reference, columns=4)
    assert [ax.get_title() for ax in figure.axes] == list("abcde")
    edge = pytest.approx(1.5 * float(reference.abs().max()))
    for ax, cloud in zip(figure.axes, clouds.values(), strict=True):
        below, above = ax.collections
        assert np.allclose(below.get_offsets(), reference)
        assert np.allclose(above.get_offsets(), cloud)
        assert ax.get_xlim()[1] == ax.get_ylim()[1] == edge


def test_what_is_no_cloud_is_refused() -> None:
    with pytest.raises(ValueError, match="no clouds"):
        plots.show_clouds({}, torch.zeros(3, 2))
    with pytest.raises(ValueError, match="in the plane"):
        plots.show_clouds({"a": torch.zeros(3, 3)}, torch.zeros(3, 2))
