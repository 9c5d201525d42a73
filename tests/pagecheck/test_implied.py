"""What a figure's line leaves out where it is usual never decides whether two lines agree."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from pagecheck.compare import agrees
from pagecheck.figures import describe_figure
from pagecheck.implied import written_out


def _shown(data: np.ndarray, low: float, high: float, scatter: bool) -> str:
    figure = Figure()
    axes = figure.subplots()
    if scatter:
        axes.scatter([0, 1, 2], [0, 1, 2], c=data.ravel()[:3], vmin=low, vmax=high)
    else:
        axes.imshow(data, vmin=low, vmax=high)
    return describe_figure(figure)


@pytest.mark.parametrize("scatter", [False, True])
def test_colours_are_compared_also_where_they_are_the_range_of_the_data(scatter: bool) -> None:
    data = np.array([[0.25, 0.5], [0.75, 1.0]])
    usual = _shown(data, data.ravel()[:3].min(), 0.75 if scatter else 1.0, scatter)
    wider = _shown(data, 0.0, 1.0, scatter)
    assert "colours" not in usual
    assert "colours [0, 1]" in wider
    assert not agrees(usual, wider)
    assert not agrees(wider, usual)
    assert agrees(wider, wider)
    assert agrees(written_out(usual), usual)
    assert agrees(usual, written_out(usual))
    assert written_out(wider) == wider
