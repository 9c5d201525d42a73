"""Laws of the named kernels."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from cnnbook import kernels

DERIVATIVES = ("sobel_x", "sobel_y", "outline", "laplacian")
AVERAGES = ("identity", "box_blur", "gaussian_blur", "sharpen", "emboss")


def answer(name: str, image: Tensor) -> Tensor:
    return F.conv2d(image[None, None], kernels.kernel(name)[None, None])[0, 0]


@pytest.mark.parametrize("name", kernels.names())
def test_every_kernel_is_a_new_float32_table_of_3_by_3(name: str) -> None:
    kernel = kernels.kernel(name)
    assert (kernel.dtype, kernel.shape) == (torch.float32, (3, 3))
    kernel.zero_()
    assert kernels.kernel(name).any()


def test_derivatives_sum_to_zero_and_the_others_to_one() -> None:
    assert set(DERIVATIVES + AVERAGES) == set(kernels.names())
    for name in DERIVATIVES:
        assert kernels.kernel(name).sum() == 0
    for name in AVERAGES:
        assert kernels.kernel(name).sum() == pytest.approx(1)


def test_derivatives_are_zero_and_the_others_change_nothing_on_a_constant_image() -> None:
    image = torch.full((5, 5), 7.0)
    for name in kernels.names():
        expected = 0.0 if name in DERIVATIVES else 7.0
        assert torch.allclose(answer(name, image), torch.tensor(expected))


def test_sobel_kernels_are_positive_where_it_gets_brighter_to_the_right_and_below() -> None:
    ramp = torch.arange(5.0).expand(5, 5)
    assert (answer("sobel_x", ramp) == 8).all()
    assert (answer("sobel_y", ramp) == 0).all()
    assert (answer("sobel_y", ramp.T) == 8).all()


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no kernel 'sobel'; there are identity, .*sobel_x"):
        kernels.kernel("sobel")
