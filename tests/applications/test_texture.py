"""Texture: laws of Gram matrices, judges and baselines; pictures that are made and kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from cnnbook.applications import texture
from cnnbook.cache.store import NotCached
from cnnbook.photos import PhotographError


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CNNBOOK_RUNS", raising=False)


def random_maps(seed: int) -> Tensor:
    torch.manual_seed(seed)
    shape = torch.randint(1, 7, (4,)).tolist()
    return torch.randn(shape)


@pytest.mark.parametrize("seed", range(20))
def test_a_gram_matrix_is_the_mean_of_products(seed: int) -> None:
    maps = random_maps(seed)
    due = torch.einsum("nihw,njhw->nij", maps, maps) / (maps.shape[2] * maps.shape[3])
    assert torch.allclose(texture.gram_matrix(maps), due, atol=1e-5)
    assert torch.allclose(texture.gram_matrix(maps[0]), due[0], atol=1e-5)


@pytest.mark.parametrize("seed", range(10))
def test_a_gram_matrix_is_symmetric_positive_and_forgets_places(seed: int) -> None:
    maps = random_maps(seed)
    gram = texture.gram_matrix(maps)
    order = torch.randperm(maps[0, 0].numel())
    moved = maps.flatten(2)[:, :, order].reshape(maps.shape)
    assert torch.allclose(gram, gram.mT)
    assert torch.linalg.eigvalsh(gram).min() > -1e-5
    assert torch.allclose(texture.gram_matrix(moved), gram, atol=1e-5)
    assert torch.allclose(texture.gram_matrix(3 * maps), 9 * gram, atol=1e-4)
    assert torch.allclose(texture.gram_matrix(maps.repeat(1, 1, 2, 3)), gram, atol=1e-5)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 0, 3), (1, 1, 1, 1, 1)])
def test_a_gram_matrix_needs_feature_maps(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="feature maps are"):
        texture.gram_matrix(torch.zeros(shape))


def test_filters_depend_on_the_seed_alone_and_have_length_one() -> None:
    torch.manual_seed(5)
    first = texture.RandomFeatures(3, in_channels=3)
    second = texture.RandomFeatures(3, in_channels=3)
    assert torch.equal(first.weight, second.weight)
    assert not torch.equal(first.weight, texture.RandomFeatures(4, in_channels=3).weight)
    assert torch.allclose(first.weight.flatten(1).norm(dim=1), torch.ones(64))
    assert not list(first.parameters())


def test_circular_features_move_with_the_picture() -> None:
    network, picture = texture.RandomFeatures(0, filters=4), torch.rand(1, 1, 32, 40)
    maps = network(picture, "circular")
    moved = network(picture.roll((4, -8), (2, 3)), "circular")
    assert [tuple(each.shape) for each in maps] == [(1, 4, 32, 40), (1, 4, 16, 20), (1, 4, 8, 10)]
    for scale, (here, there) in enumerate(zip(maps, moved, strict=True)):
        shift = 4 // 2**scale, -8 // 2**scale
        assert torch.allclose(here.roll(shift, (2, 3)), there, atol=1e-5)


def test_valid_features_are_those_inside_the_border() -> None:
    network, picture = texture.RandomFeatures(0, filters=4, scales=1), torch.rand(1, 1, 9, 12)
    inside = network(picture, "reflect")[0][:, :, 3:-3, 3:-3]
    assert torch.allclose(network(picture)[0], inside, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: texture.RandomFeatures(0, kernel_size=4), "kernel_size odd"),
        (lambda: texture.RandomFeatures(0, scales=0), "1 or more"),
        (lambda: texture.RandomFeatures(0)(torch.rand(1, 64, 64)), "need images"),
        (lambda: texture.RandomFeatures(0)(torch.rand(1, 3, 64, 64)), r"\(N, 1, H, W\)"),
        (lambda: texture.RandomFeatures(0)(torch.rand(1, 1, 64, 27)), "28 pixels along each"),
        (lambda: texture.RandomFeatures(0)(torch.rand(1, 1, 64, 64), "zeros"), "valid, circular"),
        (lambda: texture.sample("marble"), "there are pebbles"),
        (lambda: texture.pasted_pieces(torch.rand(1, 60, 64), 0), "do not fill"),
        (lambda: texture.likeness(torch.rand(1, 8, 8), torch.rand(1, 8, 9)), "not of one size"),
        (lambda: texture.piece_distance(torch.rand(1, 9, 9), torch.rand(2, 1, 64, 64)), "two"),
        (lambda: texture.piece_distance(torch.rand(1, 64, 64), torch.rand(1, 64, 64)), "compared"),
        (lambda: texture.gram_distance(torch.rand(3, 64, 64), torch.rand(2, 1, 64, 64)), "compar"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("name", texture.NAMES + texture.LATER)
def test_held_out_parts_have_no_pixel_of_the_example(name: str) -> None:
    whole, example, parts = texture.sample(name), texture.example(name), texture.held_out(name)
    assert example.shape == (1, 64, 64)
    assert parts.shape == (4, 1, 64, 64)
    assert torch.equal(whole[:, :64, :64], example)
    assert 0 <= whole.min() < whole.max() <= 1
    places = torch.arange(float(whole.numel())).reshape(whole.shape)
    rest = set(places[:, :, 64:].flatten().tolist())
    inside = set(places[:, :64, :64].flatten().tolist())
    assert not rest & inside
    assert any(torch.equal(parts[0], whole[:, :64, c : c + 64]) for c in range(64, 65))


def test_samples_are_copies() -> None:
    texture.sample("bricks").zero_()
    assert texture.sample("bricks").max() > 0


@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 33, 20)])
def test_random_phase_keeps_mean_and_spectrum(shape: tuple[int, ...]) -> None:
    picture = torch.rand(shape, generator=torch.Generator().manual_seed(0)).double()
    made = texture.random_phase(picture, seed=1)
    assert torch.allclose(made.mean((1, 2)), picture.mean((1, 2)))
    spectra = [torch.fft.fft2(x - x.mean((1, 2), True)).abs() for x in (made, picture)]
    assert torch.allclose(spectra[0], spectra[1], atol=1e-4)
    assert not torch.equal(made, texture.random_phase(picture, seed=2))


@pytest.mark.parametrize("name", ["labyrinth", "straws"])
def test_spectrum_and_greys_keeps_the_greys_and_nearly_the_spectrum(name: str) -> None:
    example = texture.example(name)
    made = texture.spectrum_and_greys(example, seed=1)
    assert torch.equal(made.flatten().sort().values, example.flatten().sort().values)
    due, own = (torch.fft.fft2(x - x.mean()).abs() for x in (example, made))
    assert (own - due).norm() < 0.25 * due.norm()
    assert not torch.equal(made, texture.spectrum_and_greys(example, seed=2))
    with pytest.raises(ValueError, match="grey picture"):
        texture.spectrum_and_greys(torch.rand(3, 8, 8), 0)


@pytest.mark.parametrize("shape", [(2, 1, 30, 33), (1, 3, 40, 28)])
def test_features_are_those_of_a_convolution(shape: tuple[int, ...]) -> None:
    network, pictures = texture.RandomFeatures(0, shape[1], 4, scales=1), torch.rand(shape)
    due = torch.nn.functional.conv2d(pictures, network.weight).relu()
    assert torch.allclose(network(pictures)[0], due, atol=1e-5)


def test_shuffled_pixels_and_borrowed_greys_keep_the_histogram() -> None:
    example = texture.example("leaves")
    ordered = example.flatten().sort().values
    for picture in (
        texture.shuffled_pixels(example, 0),
        texture.with_greys_of(torch.rand(1, 64, 64), example),
    ):
        assert torch.equal(picture.flatten().sort().values, ordered)
    colour = torch.rand(1, 8, 8).repeat(3, 1, 1)
    shuffled = texture.shuffled_pixels(colour, 0)
    assert torch.equal(shuffled[0], shuffled[2])


def test_pasted_pieces_are_pieces() -> None:
    example = torch.arange(64.0 * 64).reshape(1, 64, 64)
    piece = texture.pasted_pieces(example, 0)[0, :16, :16]
    top, left = divmod(int(piece[0, 0]), 64)
    assert torch.equal(piece, example[0, top : top + 16, left : left + 16])


def test_the_piece_distance_ignores_contrast_and_sees_shapes() -> None:
    parts = texture.held_out("straws")
    straws, lying = parts[0], parts[0].mT
    near = texture.piece_distance(straws, parts[1:])
    assert abs(texture.piece_distance(0.5 * straws + 0.1, parts[1:]) - near) < 1e-3
    assert near + 0.001 < texture.piece_distance(lying, parts[1:])
    flat = texture.piece_distance(torch.full_like(straws, 0.5), parts[1:])
    assert flat > near + 0.001


def test_the_gram_distance_is_zero_for_the_same_and_grows() -> None:
    part = texture.held_out("bricks")[0]
    assert texture.gram_distance(0.5 * part + 0.1, part[None]) < 1e-4
    assert texture.gram_distance(texture.shuffled_pixels(part, 0), part[None]) > 0.5


def test_synthesis_lowers_the_loss_and_depends_on_the_seed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = texture.example("bricks")[:, :32, :36]
    torch.manual_seed(1)
    first = texture.synthesised(example, seed=3, steps=15)
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path / "other"))
    torch.manual_seed(2)
    again = texture.synthesised(example, seed=3, steps=15)
    other = texture.synthesised(example, seed=4, steps=15)
    assert first.image.shape == example.shape
    assert first.style_losses[-1] < 0.5 * first.style_losses[0]
    assert torch.allclose(first.image, again.image, atol=1e-3)
    assert not torch.allclose(first.image, other.image, atol=0.1)
    assert example.min() <= first.image.min() < first.image.max() <= example.max()
    assert set(first.content_losses) == {0.0}
    assert len(first.stages) == 3


def test_what_was_made_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    example = texture.example("bricks")[:, :32, :32]
    made = texture.synthesised(example, steps=2)
    monkeypatch.setenv("CNNBOOK_RUNS", "read-only")
    kept = texture.synthesised(example, steps=2)
    assert torch.equal(made.image, kept.image)
    assert made.style_losses == kept.style_losses
    for changed in ({"seed": 1}, {"steps": 3}, {"size": 36}):
        with pytest.raises(NotCached):
            texture.synthesised(example, **{"steps": 2, **changed})


def test_weights_move_a_picture_between_content_and_style() -> None:
    content, style = texture.example("leaves")[:, :40, :36], texture.example("bricks")[:, :32, :32]
    light, heavy = (
        texture.stylised(content, style, weight=weight, steps=15) for weight in (0.01, 10)
    )
    assert light.image.shape == content.shape
    assert light.style_losses[-1] < heavy.style_losses[-1] < heavy.style_losses[0]
    assert heavy.content_losses[-1] < light.content_losses[-1]
    assert heavy.content_losses[0] == 0  # it begins as the content


def saved(folder: Path, mode: str, size: tuple[int, int] = (60, 40)) -> Path:
    path = folder / f"{mode.replace(';', '')}.png"
    ramp = Image.linear_gradient("L").resize(size)
    ramp.convert(mode).save(path)
    return path


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_file_of_any_mode_is_read(mode: str, tmp_path: Path) -> None:
    path = saved(tmp_path, mode, (200, 100))
    colour, grey = texture.read_picture(path), texture.read_picture(path, 50, colour=False)
    assert colour.shape == (3, 48, 96)
    assert grey.shape == (1, 25, 50)
    assert 0 <= colour.min() < colour.max() <= 1


def test_files_are_painted_in_grey_or_in_colour(tmp_path: Path) -> None:
    content, style = saved(tmp_path, "RGB"), saved(tmp_path, "RGBA")
    assert texture.stylised(content, style, steps=1).image.shape == (3, 40, 60)
    example = texture.example("bricks")
    assert texture.stylised(content, example, steps=1).image.shape == (1, 40, 60)


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(PhotographError, match=r"text\.png is not an image"):
        texture.stylised(tmp_path / "text.png", texture.example("bricks"))
    with pytest.raises(PhotographError, match="does not exist"):
        texture.stylised(texture.example("bricks"), tmp_path / "none.png")
    with pytest.raises(ValueError, match=r"L\.png has 4×60 pixels"):
        texture.stylised(saved(tmp_path, "L", (60, 4)), texture.example("bricks"))


BRICKS = texture.example("bricks")


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (BRICKS[0], r"\(1, H, W\) or \(3, H, W\)"),
        (BRICKS.expand(2, 64, 64), r"of shape \(2, 64, 64\)"),
        ((255 * BRICKS).byte(), "torch.uint8"),
        (255 * BRICKS, "divide bytes by 255"),
        (BRICKS * torch.nan, "outside 0..1"),
        (BRICKS[:, :20], "20×64 pixels"),
        (torch.full((1, 64, 64), 0.5), "one value only"),
    ],
)
def test_a_picture_of_the_wrong_kind_is_refused(picture: Tensor, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        texture.synthesised(picture)
    with pytest.raises(ValueError, match="the style.*" + words):
        texture.stylised(BRICKS, picture)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"size": 66}, "multiples of 4"),
        ({"size": 24}, "28 or more"),
        ({"steps": 0}, "1 or more"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        texture.synthesised(BRICKS, **settings)


def test_a_style_of_other_channels_or_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="3 channels, the style 1"):
        texture.stylised(BRICKS.expand(3, 64, 64), BRICKS)
    for weight in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="weight of the content"):
            texture.stylised(BRICKS, BRICKS, weight=weight)
