"""Laws of the figures: what is drawn is the data, in colours and letters that can be read."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from cnnbook import plots
from cnnbook.plots import BookFigure, style

QUICK = settings(max_examples=25, deadline=None)
sizes = st.tuples(st.integers(1, 5), st.integers(1, 5))


def axes_of(figure: BookFigure) -> list[Any]:
    return list(figure.axes)


def drawn(figure: BookFigure) -> list[np.ndarray[Any, Any]]:
    return [np.asarray(ax.images[0].get_array()) for ax in figure.axes]


def colour_limits(figure: BookFigure) -> list[tuple[float, float]]:
    return [ax.images[0].get_clim() for ax in figure.axes]


@QUICK
@given(st.integers(0, 9), sizes, st.integers(1, 6))
def test_the_images_drawn_are_the_data(seed: int, size: tuple[int, int], count: int) -> None:
    images = torch.randn(count, *size, generator=torch.Generator().manual_seed(seed))
    for form in (images, images[:, None], list(images), images.numpy(), images.tolist()):
        figure = plots.show_images(form)
        assert len(figure.axes) == count
        assert np.array_equal(np.stack(drawn(figure)), images.numpy())


@QUICK
@given(sizes, st.floats(-9, -0.1), st.floats(0, 20))
def test_the_signed_range_is_symmetric(size: tuple[int, int], low: float, high: float) -> None:
    image = np.full(size, high)
    image[0, 0] = low
    figure = plots.show_images([image])
    limit = np.abs(image).max()
    assert colour_limits(figure) == [(-limit, limit)]
    assert figure.axes[0].images[0].get_cmap().name == style.SIGNED


def test_zero_is_black_and_the_largest_value_white_in_grey_images() -> None:
    images = [torch.full((2, 2), 0.5), torch.zeros(2, 2), torch.ones(2, 2, dtype=torch.uint8)]
    assert colour_limits(plots.show_images(images)) == [(0, 0.5), (0, 1), (0, 255)]
    assert colour_limits(plots.show_images(images, vmin=0, vmax=2)) == [(0, 2)] * 3


def test_colour_images_are_drawn_with_their_channels_last() -> None:
    image = torch.rand(3, 4, 5)
    for form in (image, image.permute(1, 2, 0)):
        assert np.array_equal(drawn(plots.show_images([form]))[0], image.permute(1, 2, 0).numpy())


def test_tensors_with_gradients_and_half_precision_are_accepted() -> None:
    image = torch.ones(2, 2, dtype=torch.bfloat16, requires_grad=True)
    for data in (image, [image[0], image[1]]):
        assert np.array_equal(drawn(plots.show_matrix(data))[0], np.ones((2, 2)))


@QUICK
@given(st.integers(0, 9), sizes)
def test_the_numbers_written_in_a_matrix_are_the_data(seed: int, size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randint(-99, 99, size, generator=generator)
    ax = plots.show_matrix(matrix, "numbers").axes[0]
    written = {text.get_position(): int(text.get_text()) for text in ax.texts}
    assert written == {(j, i): int(matrix[i, j]) for i in range(size[0]) for j in range(size[1])}


@QUICK
@given(st.integers(0, 9), sizes, sizes, st.data())
def test_the_convolution_drawn_is_torchs(
    seed: int, extra: tuple[int, int], kernel_size: tuple[int, int], data: st.DataObject
) -> None:
    generator = torch.Generator().manual_seed(seed)
    shape = [k + e - 1 for k, e in zip(kernel_size, extra, strict=True)]
    image = torch.randint(-9, 9, shape, generator=generator).float()
    kernel = torch.randint(-9, 9, kernel_size, generator=generator).float()
    expected = F.conv2d(image[None, None], kernel[None, None])[0, 0]
    position = data.draw(st.tuples(*(st.integers(0, size - 1) for size in expected.shape)))
    figure = plots.show_convolution(image, kernel, position)
    for array, tensor in zip(drawn(figure), (image, kernel, expected), strict=True):
        assert np.array_equal(array, tensor.numpy())
    window, cell = (axes_of(figure)[number].patches[0] for number in (0, 2))
    corner = (position[1] - 0.5, position[0] - 0.5)
    assert window.get_xy() == cell.get_xy() == corner
    assert (window.get_height(), window.get_width()) == kernel_size
    assert f"{expected[position]:.0f} at" in figure.axes[2].get_title()


def test_kernels_share_one_symmetric_range() -> None:
    figure = plots.show_kernels(torch.tensor([[[[1.0, -3.0]]], [[[0.5, 0.0]]]]))
    assert colour_limits(figure) == [(-3, 3), (-3, 3)]


def test_curves_are_the_data_and_differ_in_more_than_colour() -> None:
    data = {f"curve {number}": [number, number + 1.0, number + 4.0] for number in range(7)}
    ax = axes_of(plots.show_curves(data, "epoch", "loss"))[0]
    assert {line.get_label(): list(line.get_ydata()) for line in ax.lines} == data
    assert all(list(line.get_xdata()) == [1, 2, 3] for line in ax.lines)
    assert len({(line.get_color(), str(line.get_linestyle())) for line in ax.lines}) == 7
    assert len({str(line._unscaled_dash_pattern) for line in ax.lines}) == 7
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(data)


def test_bars_are_the_data() -> None:
    figure = plots.show_bars({"a": 0.9, "b": 0.955}, "accuracy", limits=(0.5, 1))
    ax = axes_of(figure)[0]
    assert [bar.get_height() for bar in ax.patches] == [0.9, 0.955]
    assert [text.get_text() for text in ax.texts] == ["0.900", "0.955"]
    assert ax.get_ylim() == (0.5, 1)


def test_a_confusion_matrix_has_true_classes_in_rows_and_colours_for_mistakes() -> None:
    figure = plots.show_confusion(torch.tensor([[90, 4], [0, 70]]), ["cat", "dog"])
    ax = figure.axes[0]
    assert np.array_equal(drawn(figure)[0], [[90, 4], [0, 70]])
    assert colour_limits(figure) == [(0, 4)]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true class", "predicted class")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "dog"]


def one_of_each() -> list[BookFigure]:
    return [
        plots.show_images(torch.randn(5, 9, 9), list("abcde")),
        plots.show_matrices([torch.eye(3), torch.eye(5)], ["three", "five"]),
        plots.show_convolution(torch.eye(8), torch.eye(3), (2, 2)),
        plots.show_kernels(torch.randn(16, 1, 5, 5)),
        plots.show_curves({"train": [2, 1], "test": [3, 2]}, "epoch", "loss"),
        plots.show_bars({"one": 1, "two": 2}, "number"),
        plots.show_confusion(np.eye(10, dtype=int) * 980, list("0123456789")),
    ]


def test_every_figure_fits_the_page_and_can_be_read_in_any_session() -> None:
    import matplotlib

    with matplotlib.rc_context({"font.size": 4, "text.color": "white", "axes.facecolor": "red"}):
        figures = one_of_each()
    for figure in figures:
        assert figure.get_figwidth() <= 8
        assert figure.get_facecolor() == (1, 1, 1, 1)
        for ax in axes_of(figure):
            assert ax.get_title()
            assert ax.get_facecolor() == (1, 1, 1, 1)
            labels = [*ax.texts, ax.title, *ax.get_xticklabels(), *ax.get_yticklabels()]
            assert all(text.get_fontsize() >= 9 for text in labels)
            assert ax.title.get_color() == "black"
            if ax.images and not ax.get_xlabel():
                assert not len(ax.get_xticks())


def test_numbers_in_cells_do_not_run_into_each_other() -> None:
    figure = plots.show_matrix(np.full((10, 12), -888))
    figure.draw_without_rendering()
    ax = figure.axes[0]
    cell = ax.get_window_extent().width / 12
    assert all(text.get_window_extent().width < cell for text in ax.texts)


def test_every_figure_shows_itself_as_png() -> None:
    for figure in one_of_each():
        assert figure._repr_png_().startswith(b"\x89PNG")


def test_neither_drawing_nor_showing_needs_pyplot_or_torch() -> None:
    code = (
        "import sys; from cnnbook import plots; plots.show_matrix([[1]])._repr_png_(); "
        "sys.exit(any(name in sys.modules for name in ('matplotlib.pyplot', 'torch')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.show_images([]), "nothing to show"),
        (lambda: plots.show_images(torch.zeros(2, 3, 3), ["one"]), "2 pictures need 2 titles"),
        (lambda: plots.show_images([torch.zeros(7, 3, 4)]), r"not \(7, 3, 4\)"),
        (lambda: plots.show_matrix([1, 2]), r"a matrix has the shape \(H, W\), not \(2,\)"),
        (lambda: plots.show_kernels([]), "nothing to show"),
        (lambda: plots.show_convolution([[1]], [[1, 1]], (0, 0)), "does not fit"),
        (lambda: plots.show_convolution([[1, 2]], [[1]], (0, 2)), r"\(0, 2\) is not in the output"),
        (lambda: plots.show_curves({}, "x", "y"), "no curves"),
        (lambda: plots.show_curves({"a": [1, 2]}, "x", "y", x=[1]), "'a' has 2 values"),
        (lambda: plots.show_bars({}, "y"), "no bars"),
        (lambda: plots.show_confusion([[1, 2]], ["a"]), "square"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
