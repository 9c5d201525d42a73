"""Pictures made from a texture without any network: what the network's have to be better than."""

import math

import torch
from torch import Tensor


def shuffled_pixels(texture: Tensor, seed: int) -> Tensor:
    """The same pixels in a random order: the histogram is kept, every neighbourhood is lost.

    Args:
        texture: ``(C, H, W)``; the channels of a pixel stay together.
        seed: of the order.

    >>> shuffled_pixels(torch.arange(4.0).reshape(1, 2, 2), seed=0).sort().values.sum().item()
    6.0
    """
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(texture[0].numel(), generator=generator)
    return texture.flatten(1)[:, order].reshape(texture.shape)


def random_phase(texture: Tensor, seed: int) -> Tensor:
    """A picture with the texture's power spectrum and the phases of white noise.

    Its correlations between any two pixels are the texture's, if the texture is taken to go on at
    its opposite border; beyond them it is as random as can be. All channels get the same phases.

    Args:
        texture: ``(C, H, W)``.
        seed: of the noise.

    Source: B. Galerne, Y. Gousseau, J.-M. Morel, Random phase textures: theory and synthesis, IEEE
    Transactions on Image Processing 20, 2011.

    >>> flat = torch.full((1, 8, 8), 0.5)
    >>> bool(torch.allclose(random_phase(flat, seed=0), flat))
    True
    """
    generator = torch.Generator().manual_seed(seed)
    noise = torch.fft.fft2(torch.randn(texture.shape[1:], generator=generator))
    mean = texture.mean(dim=(1, 2), keepdim=True)
    amplitudes = torch.fft.fft2(texture - mean).abs()
    waves: Tensor = torch.fft.ifft2(amplitudes * noise / noise.abs()).real
    return waves + mean


def spectrum_and_greys(texture: Tensor, seed: int, rounds: int = 30) -> Tensor:
    """A picture with the texture's greys and, as nearly as that allows, its power spectrum.

    It begins as white noise. Each round gives it the amplitudes of the texture, its own phases
    kept, and then the texture's greys in the order of its own.

    Args:
        texture: ``(1, H, W)``.
        seed: of the noise.
        rounds: how often.

    Raises:
        ValueError: for a picture with other than one channel.

    Source: T. Schreiber, A. Schmitz, Improved surrogate data for nonlinearity tests, Physical
    Review Letters 77(4):635-638, 1996 (there for series in time).

    >>> stripes = torch.tensor([0.0, 1]).repeat(4).expand(1, 8, 8)
    >>> made = spectrum_and_greys(stripes, seed=0)
    >>> sorted(set(made.flatten().tolist())), made.mean().item()
    ([0.0, 1.0], 0.5)
    """
    if texture.ndim != 3 or len(texture) != 1:
        raise ValueError(f"a grey picture is (1, H, W), not {tuple(texture.shape)}")
    amplitudes = torch.fft.fft2(texture).abs()
    generator = torch.Generator().manual_seed(seed)
    picture = torch.randn(texture.shape, generator=generator)
    for _ in range(rounds):
        waves = torch.fft.fft2(picture)
        phases = waves / waves.abs().clamp_min(1e-12)
        picture = with_greys_of(torch.fft.ifft2(amplitudes * phases).real, texture)
    return picture


def pasted_pieces(texture: Tensor, seed: int, size: int = 16) -> Tensor:
    """Random square pieces of the texture side by side: copies, with a seam around each.

    Args:
        texture: ``(C, H, W)``, height and width multiples of ``size``.
        seed: of the pieces.
        size: height and width of a piece in pixels.

    Raises:
        ValueError: if the pieces do not fill the picture.

    >>> pasted_pieces(torch.ones(1, 32, 32), seed=0).mean().item()
    1.0
    """
    _, height, width = texture.shape
    if height % size or width % size:
        raise ValueError(f"pieces of {size} pixels do not fill a picture of {height}×{width}")
    generator = torch.Generator().manual_seed(seed)
    picture = torch.empty_like(texture)
    for row in range(0, height, size):
        for column in range(0, width, size):
            top = int(torch.randint(height - size + 1, (), generator=generator))
            left = int(torch.randint(width - size + 1, (), generator=generator))
            piece = texture[:, top : top + size, left : left + size]
            picture[:, row : row + size, column : column + size] = piece
    return picture


def with_greys_of(picture: Tensor, texture: Tensor) -> Tensor:
    """A grey picture whose histogram is that of a texture: the darkest pixel gets its darkest grey.

    Args:
        picture: ``(1, H, W)``.
        texture: ``(1, h, w)``.

    >>> with_greys_of(torch.tensor([[[5.0, 1, 3]]]), torch.tensor([[[0.0, 0.5, 1]]]))
    tensor([[[1.0000, 0.0000, 0.5000]]])
    """
    ranks = picture.flatten().argsort().argsort().double()
    greys = texture.flatten().sort().values
    places = (ranks / max(picture.numel() - 1, 1) * (len(greys) - 1)).round().long()
    return greys[places].reshape(picture.shape)


def laid_over(content: Tensor, texture: Tensor) -> Tensor:
    """The mean of a picture and of a texture that repeats, with the texture's greys.

    Args:
        content: ``(1, H, W)``.
        texture: ``(1, h, w)``, repeated until it fills the picture.

    >>> laid_over(torch.rand(1, 5, 7), torch.rand(1, 4, 4)).shape
    torch.Size([1, 5, 7])
    """
    _, height, width = content.shape
    times = math.ceil(height / texture.shape[1]), math.ceil(width / texture.shape[2])
    ground = texture.repeat(1, *times)[:, :height, :width]
    spread = [each / each.std() for each in (content, ground)]
    return with_greys_of(spread[0] + spread[1], texture)
