"""Data sets: what they hold, how they are fetched from a real server, and what each fault says."""

import contextlib
import errno
import functools
import gc
import gzip
import hashlib
import http.server
import io
import json
import logging
import os
import socket
import struct
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import pytest
import torch
import torchvision.datasets
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook import datasets
from cnnbook.datasets import DataError, DataUnreachable, ImageSet, download, idx

FASHION = "fashion-mnist"
FILES = tuple(idx.SOURCES[FASHION].md5)
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = FILES


# torchvision leaves the sockets of failed requests to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(scope="module", autouse=True)
def sockets_collected() -> Iterator[None]:
    """No other module's tests meet the sockets that these left behind."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


# A data set of our own, in the form of Fashion-MNIST, and a server that hands it out.


def idx_bytes(values: np.ndarray) -> bytes:
    return (
        struct.pack(f">{1 + values.ndim}i", 0x0800 + values.ndim, *values.shape) + values.tobytes()
    )


def small_files() -> dict[str, bytes]:
    """Unpacked files with 200 and 60 images of 28x28."""
    random = np.random.RandomState(0)
    made = {}
    for images, labels, count in (
        (TRAIN_IMAGES, TRAIN_LABELS, 200),
        (TEST_IMAGES, TEST_LABELS, 60),
    ):
        made[images] = idx_bytes(random.randint(0, 256, (count, 28, 28), dtype=np.uint8))
        made[labels] = idx_bytes(np.arange(count, dtype=np.uint8) % 10)
    return made


def real_mirror() -> Path | None:
    """The official archives, where this machine has them."""
    if named := os.environ.get("CNNBOOK_TEST_MIRROR"):
        return Path(named)
    folder = Path(os.environ.get("CNNBOOK_DATA", ""), "mirror", FASHION)
    return folder if os.environ.get("CNNBOOK_DATA") and folder.is_dir() else None


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class Mirror(http.server.ThreadingHTTPServer):
    """Serves archives, with a fault of choice."""

    daemon_threads = True

    def __init__(self, archives: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.archives = archives
        self.fault: dict[str, str] = {}
        self.requests: list[str] = []
        self.in_the_middle = threading.Event()
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the game."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        self.server.requests.append(name)
        fault = self.server.fault.get(name, self.server.fault.get("*", ""))
        content = self.server.archives[name]
        if fault == "hang":
            self.server.released.wait(20)
            return
        if fault.isdigit():
            self.send_error(int(fault))
            return
        if fault == "other":
            content = b"<html>Please sign in to the network.</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if fault in ("cut", "hold", "stall", "reset"):
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            self.server.in_the_middle.set()
            if fault in ("hold", "stall"):
                self.server.released.wait(20)
            if fault == "hold":
                self.wfile.write(content[len(content) // 2 :])
            if fault == "reset":
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
            return
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Requests are counted, not printed."""


@contextlib.contextmanager
def serving(archives: dict[str, bytes]) -> Iterator[Mirror]:
    with Mirror(archives) as server:
        thread = threading.Thread(target=functools.partial(server.serve_forever, 0.02))
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CNNBOOK_FALLBACK", "CNNBOOK_FALLBACK_REPORTED"):
        # Set first, so that what a test leaves in the environment is undone as well.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(download, "CONNECT_SECONDS", 2.0)
    monkeypatch.setattr(download, "READ_SECONDS", 2.0)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The small data set takes the place of Fashion-MNIST; its unpacked files."""
    made = small_files()
    archives = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in made.items()}
    source = replace(
        idx.SOURCES[FASHION], md5={name: md5(content) for name, content in made.items()}
    )
    monkeypatch.setitem(idx.SOURCES, FASHION, source)
    monkeypatch.setattr(
        torchvision.datasets.FashionMNIST,
        "resources",
        [(name, md5(content)) for name, content in archives.items()],
    )
    return made


@pytest.fixture
def mirror(small: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A server with the small data set, the only one that torchvision knows."""
    with serving({f"{n}.gz": gzip.compress(c, mtime=0) for n, c in small.items()}) as server:
        monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [server.url])
        yield server


def place(root: Path, contents: dict[str, bytes]) -> Path:
    """Put unpacked files where torchvision has them."""
    raw = root / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in contents.items():
        (raw / name).write_bytes(content)
    return raw


def everything_in(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in folder.rglob("*")}


def visible_files(root: Path) -> set[str]:
    return {path.name for path in root.rglob("*") if path.is_file() and path.suffix != ".lock"}


def loads_small(root: Path, small: dict[str, bytes]) -> bool:
    loaded = datasets.load(FASHION, root=root, download=False)
    return idx_bytes(loaded.images.squeeze(1).numpy()) == small[TRAIN_IMAGES]


# ImageSet


def some_images(count: int = 12, classes: int = 3) -> ImageSet:
    images = torch.arange(count * 4, dtype=torch.int64).remainder(256).to(torch.uint8)
    names = tuple(f"class {i}" for i in range(classes))
    return ImageSet(
        "some", "train", images.reshape(count, 1, 2, 2), torch.arange(count) % classes, names
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"images": torch.zeros(2, 1, 3, 3)}, "uint8.*float32"),
        ({"images": torch.zeros(2, 3, 3, dtype=torch.uint8)}, r"\(N, C, H, W\).*\(2, 3, 3\)"),
        ({"labels": torch.tensor([0, 1], dtype=torch.int32)}, "int64.*int32"),
        ({"labels": torch.tensor([0, 1, 0])}, r"2 images.*\(3,\)"),
        ({"labels": torch.tensor([[0], [1]])}, r"\(2, 1\)"),
        ({"labels": torch.tensor([0, 2])}, "to 2, but there are 2 classes"),
        ({"labels": torch.tensor([-1, 1])}, "from -1"),
    ],
)
def test_an_image_set_refuses_what_does_not_fit(change: dict[str, Any], complaint: str) -> None:
    right: dict[str, Any] = {
        "name": "x",
        "split": "train",
        "images": torch.zeros(2, 1, 3, 3, dtype=torch.uint8),
        "labels": torch.tensor([0, 1]),
        "class_names": ("a", "b"),
    }
    ImageSet(**right)
    with pytest.raises(ValueError, match=complaint):
        ImageSet(**{**right, **change})


def test_a_subset_keeps_the_order_of_its_indices() -> None:
    images = some_images()
    chosen = images.subset([5, 0, 5])
    assert torch.equal(chosen.images, images.images[[5, 0, 5]])
    assert chosen.labels.tolist() == [2, 0, 2]
    assert chosen.class_names == images.class_names


def test_a_bool_tensor_chooses_where_it_is_true() -> None:
    images = some_images()
    chosen = images.subset(images.labels == 2)
    assert torch.equal(chosen.images, images.images[2::3])


@pytest.mark.parametrize("place", [12, -13])
def test_an_index_out_of_range_is_refused(place: int) -> None:
    with pytest.raises(IndexError, match=rf"no image {place} in ImageSet.*12 images"):
        some_images().subset([0, place])


@pytest.mark.parametrize(("count", "taken"), [(1, 1), (12, 12), (13, 12)])
def test_the_first_images_are_at_most_all(count: int, taken: int) -> None:
    images = some_images()
    assert torch.equal(images.first(count).images, images.images[:taken])
    with pytest.raises(ValueError, match="at least one image has to be taken, not 0"):
        images.first(0)


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 60), st.data())
def test_splitting_off_parts_the_set_and_repeats_with_the_seed(
    count: int, data: st.DataObject
) -> None:
    held, seed = data.draw(st.integers(1, count - 1)), data.draw(st.integers(0, 2**31))
    images = ImageSet(
        "numbered",
        "train",
        torch.arange(count, dtype=torch.uint8).reshape(count, 1, 1, 1),
        torch.zeros(count, dtype=torch.int64),
        ("all",),
    )
    rest, held_out = images.split_off(held, seed)
    numbers = [part.images.flatten().tolist() for part in (rest, held_out)]
    assert len(held_out) == held
    assert sorted(numbers[0] + numbers[1]) == list(range(count))
    again = images.split_off(held, seed)
    assert [part.images.flatten().tolist() for part in again] == numbers


def test_another_seed_holds_out_other_images() -> None:
    images = some_images(60)
    assert not torch.equal(images.split_off(20, 0)[1].images, images.split_off(20, 1)[1].images)


@pytest.mark.parametrize("count", [0, -1, 12, 13])
def test_nothing_or_everything_cannot_be_held_out(count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} of 12 images"):
        some_images().split_off(count)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 20), st.integers(1, 3), st.integers(0, 2**31))
def test_mean_and_deviation_agree_with_torch(count: int, channels: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, channels, 5, 4), dtype=torch.uint8, generator=generator)
    labels = torch.zeros(count, dtype=torch.int64)
    mean, std = ImageSet("random", "train", images, labels, ("all",)).mean_std()
    scaled = images.double() / 255
    assert mean == pytest.approx(scaled.mean().item(), rel=1e-9)
    assert std == pytest.approx(scaled.std(correction=0).item(), rel=1e-9)


def test_the_digest_follows_every_part_of_the_content() -> None:
    base = some_images()
    assert base.digest == some_images().digest
    assert replace(base, name="other").digest == base.digest
    pixels, labels = base.images.clone(), base.labels.clone()
    pixels[3, 0, 1, 1] += 1
    labels[0] = 1
    changed = [
        replace(base, images=pixels),
        replace(base, labels=labels),
        replace(base, images=base.images.reshape(12, 1, 1, 4)),
        replace(base, class_names=("a", "b", "c")),
        base.subset(list(reversed(range(12)))),
    ]
    assert len({base.digest, *(one.digest for one in changed)}) == 6


def test_the_digest_does_not_follow_the_layout_in_memory() -> None:
    base = some_images()
    images = base.images.to(memory_format=torch.channels_last)
    assert replace(base, images=images).digest == base.digest


def test_an_image_set_describes_itself() -> None:
    assert repr(some_images()) == "ImageSet('some', 'train': 12 images of 1x2x2, 3 classes)"
    assert some_images().num_classes == 3


# The embedded digits


def test_the_digits_are_stratified_disjoint_and_always_the_same() -> None:
    train, test = datasets.load("digits"), datasets.load("digits", "test")
    assert (len(train), len(test)) == (1437, 360)
    assert train.images.shape[1:] == test.images.shape[1:] == (1, 28, 28)
    shares = test.labels.bincount() / (train.labels.bincount() + test.labels.bincount())
    assert float((shares - 0.2).abs().max()) < 0.01
    seen = {bytes(image.numpy()) for image in train.images}
    assert not any(bytes(image.numpy()) in seen for image in test.images)
    assert datasets.load("digits").digest == train.digest


def test_the_digits_are_framed_like_mnist() -> None:
    images = datasets.load("digits").images[:, 0].float() / 255
    assert float(images.flatten(1).amax(dim=1).min()) == 1
    for axis in (1, 2):
        profiles = images.sum(dim=3 - axis)
        lengths = (profiles > 0).sum(dim=1)
        assert int(lengths.max()) <= 20
        places = torch.arange(28.0)
        centres = (profiles * places).sum(dim=1) / profiles.sum(dim=1)
        assert float((centres - 14).abs().max()) <= 1.5
        assert float((centres - 14).abs().median()) <= 0.5
    longest = torch.stack([(images.sum(dim=3 - axis) > 0).sum(dim=1) for axis in (1, 2)]).amax(0)
    assert (longest >= 19).float().mean() > 0.95
    mean, std = datasets.load("digits").mean_std()
    assert abs(mean - 0.1307) < 0.05
    assert abs(std - 0.3081) < 0.05


# Names


@pytest.mark.parametrize("call", [datasets.load, datasets.fetch_named, datasets.state])
def test_an_unknown_name_is_answered_with_those_there_are(call: Any) -> None:
    with pytest.raises(ValueError, match=r"'mnits'.*mnist, fashion-mnist, .*mean 'mnist'"):
        call("mnits")
    with pytest.raises(ValueError, match="'mnits'"):
        datasets.prepare(["mnits"])


def test_an_unknown_split_is_answered_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'validation'.*train and test"):
        datasets.load("mnist", "validation")


def test_the_folder_is_the_argument_then_the_variable_then_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNBOOK_DATA", str(tmp_path / "named"))
    assert datasets.data_folder(tmp_path / "argument") == tmp_path / "argument"
    assert datasets.data_folder() == tmp_path / "named"
    for empty in (True, False):
        monkeypatch.setenv("CNNBOOK_DATA", "")
        if not empty:
            monkeypatch.delenv("CNNBOOK_DATA")
        assert datasets.data_folder().parts[-1] == "data"
        assert "cnnbook" in datasets.data_folder().parts


# Data that are there


def test_data_that_are_there_need_neither_torchvision_nor_a_writable_folder(
    small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path, small)
    before = everything_in(tmp_path)
    monkeypatch.setitem(sys.modules, "torchvision", None)
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    monkeypatch.setitem(sys.modules, "filelock", None)
    assert loads_small(tmp_path, small)
    assert datasets.fetch_named(FASHION, tmp_path) == tmp_path / "FashionMNIST" / "raw"
    assert datasets.prepare([FASHION], tmp_path) == {}
    assert datasets.state(FASHION, tmp_path) == "there"
    assert everything_in(tmp_path) == before


def test_both_splits_come_from_their_own_files(small: dict[str, bytes], tmp_path: Path) -> None:
    place(tmp_path, small)
    train, test = (datasets.load(FASHION, split, root=tmp_path) for split in ("train", "test"))
    assert (train.name, train.split, test.split) == (FASHION, "train", "test")
    assert train.images.shape == (200, 1, 28, 28)
    assert test.images.shape == (60, 1, 28, 28)
    assert test.labels.tolist() == [i % 10 for i in range(60)]
    assert len(train.class_names) == 10
    assert train.class_names[9] == "ankle boot"


def test_a_file_is_read_once_and_again_when_it_changes(
    small: dict[str, bytes], tmp_path: Path
) -> None:
    raw = place(tmp_path, small)
    reads = [idx.read_split(idx.SOURCES[FASHION], "train", tmp_path)[0] for _ in range(2)]
    assert reads[0] is reads[1]
    (raw / TRAIN_IMAGES).write_bytes(small[TRAIN_IMAGES][:-1])
    with pytest.raises(DataError):
        datasets.load(FASHION, root=tmp_path)


def flipped(content: bytes) -> bytes:
    return content[:-5] + bytes([content[-5] ^ 1]) + content[-4:]


DAMAGES = {
    "flipped bit": (flipped, "damaged"),
    "cut in the data": (lambda content: content[:-7], "cut short"),
    "cut in the header": (lambda content: content[:6], "cut short"),
    "empty": (lambda content: b"", "cut short"),
    "too long": (lambda content: content + b"\0", "damaged"),
    "still compressed": (lambda content: gzip.compress(content), "begins with"),
    "labels for images": (lambda content: idx_bytes(np.zeros(20, np.uint8)), "begins with|damaged"),
    "other dimensions": (
        lambda content: idx_bytes(np.zeros((5, 20, 20), np.uint8)),
        r"5 x 20 x 20|begins with",
    ),
}


@pytest.mark.parametrize("name", [TEST_IMAGES, TEST_LABELS])
@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_file_is_named_with_the_remedy(
    kind: str, name: str, small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage, complaint = DAMAGES[kind]
    raw = place(tmp_path, {**small, name: damage(small[name])})
    monkeypatch.setenv("CNNBOOK_FALLBACK", "digits")  # a damaged file is no reason to fall back
    with pytest.raises(DataError, match=complaint) as error:
        datasets.load(FASHION, "test", root=tmp_path)
    assert str(raw / name) in str(error.value)
    assert f"delete it and run `cnnbook data fetch {FASHION} --root {tmp_path}`" in str(error.value)
    assert "\n" not in str(error.value)
    with pytest.raises(DataError, match=name):
        datasets.prepare([FASHION], tmp_path)
    assert datasets.state(FASHION, tmp_path) == "damaged"
    assert len(datasets.load(FASHION, "train", root=tmp_path)) == 200  # the other files are right


def test_the_remedy_names_the_folder_only_where_it_is_not_the_usual_one(
    small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path, {**small, TEST_IMAGES: b""})
    monkeypatch.setenv("CNNBOOK_DATA", str(tmp_path))
    with pytest.raises(DataError, match=f"`cnnbook data fetch {FASHION}`"):
        datasets.load(FASHION, "test")


# The download


def test_the_download_brings_the_archives_content_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    folder = real_mirror()
    if folder is None:
        request.getfixturevalue("small")
        archives = {f"{n}.gz": gzip.compress(c, mtime=0) for n, c in small_files().items()}
    else:
        archives = {path.name: path.read_bytes() for path in folder.glob("*.gz")}
    root = tmp_path / "not" / "yet" / "there"
    level = pooch.get_logger().level
    with serving(archives) as server:
        monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [server.url])
        assert datasets.state(FASHION, root) == "absent"
        loaded = datasets.load(FASHION, root=root)
        asked = len(server.requests)
        datasets.fetch_named(FASHION, root)
        assert datasets.prepare([FASHION], root) == {}
        assert len(server.requests) == asked  # nothing is fetched twice
    assert visible_files(root) == set(FILES)
    for name, content in archives.items():
        unpacked = (root / "FashionMNIST" / "raw" / name.removesuffix(".gz")).read_bytes()
        assert unpacked == gzip.decompress(content)
    theirs = torchvision.datasets.FashionMNIST(root, train=True)
    assert torch.equal(theirs.data.unsqueeze(1), loaded.images)
    assert torch.equal(theirs.targets, loaded.labels)
    assert pooch.get_logger().level == level


def test_nothing_is_printed_where_there_is_no_terminal(
    mirror: Mirror, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    datasets.fetch_named(FASHION, tmp_path)
    assert capfd.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_never_reaches_the_standard_output(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    printed = io.StringIO()
    monkeypatch.setattr(sys, "stdout", printed)
    original = pooch.HTTPDownloader.__call__

    def noisy(*arguments: Any, **named: Any) -> Any:
        bar.append(arguments[0].progressbar)
        return original(*arguments, **named)

    bar: list[bool] = []
    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", noisy)
    datasets.fetch_named(FASHION, tmp_path)
    assert printed.getvalue() == ""
    assert bar == [True] * len(FILES)


def test_what_must_not_be_downloaded_is_not(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(DataUnreachable, match=f"{FASHION} is not in {tmp_path}"):
        datasets.load(FASHION, root=tmp_path, download=False)
    assert mirror.requests == []
    assert not any(tmp_path.iterdir())


def test_fetching_replaces_damaged_files(
    mirror: Mirror, small: dict[str, bytes], tmp_path: Path
) -> None:
    place(tmp_path, {**small, TRAIN_IMAGES: flipped(small[TRAIN_IMAGES]), TEST_LABELS: b""})
    datasets.fetch_named(FASHION, tmp_path)
    assert datasets.state(FASHION, tmp_path) == "there"
    assert loads_small(tmp_path, small)


def test_a_mirror_that_does_not_serve_is_passed_over(
    mirror: Mirror, small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        torchvision.datasets.FashionMNIST, "mirrors", [unused_address(), mirror.url]
    )
    datasets.fetch_named(FASHION, tmp_path)
    assert loads_small(tmp_path, small)


@pytest.mark.parametrize("fault", ["cut", "stall", "reset", "other", "404"])
def test_the_second_mirror_helps_where_the_first_fails_on_the_way(
    fault: str,
    mirror: Mirror,
    small: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "READ_SECONDS", 0.3)
    with serving(mirror.archives) as first:
        first.fault[f"{TRAIN_LABELS}.gz"] = fault
        monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [first.url, mirror.url])
        datasets.fetch_named(FASHION, tmp_path)
    assert loads_small(tmp_path, small)


def unused_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


FAULTS = {
    # what is wrong: (which file, how, what the message says)
    "403": ("*", "403", "HTTP 403"),
    "404": ("*", "404", "HTTP 404"),
    "404 on the way": (f"{TEST_LABELS}.gz", "404", "404"),
    "no answer": ("*", "hang", "no answer|timed out"),
    "no answer on the way": (f"{TEST_LABELS}.gz", "hang", "timed out|stood still"),
    "stands still": (f"{TRAIN_IMAGES}.gz", "stall", "timed out|stood still"),
    "connection lost": (f"{TRAIN_IMAGES}.gz", "reset", "reset|cut short"),
    "cut short": (f"{TRAIN_IMAGES}.gz", "cut", f"{TRAIN_IMAGES}.gz.*cut short"),
    "another content": (f"{TRAIN_IMAGES}.gz", "other", f"{TRAIN_IMAGES}.gz.*checksum"),
}


def check_unreachable(root: Path, complaint: str) -> None:
    """The error says why and what to do, leaves nothing behind, and pages fall back."""
    with pytest.raises(DataUnreachable, match=complaint) as error:
        datasets.load(FASHION, root=root)
    message = str(error.value)
    for part in (f"cnnbook data fetch {FASHION}", "CNNBOOK_DATA", "CNNBOOK_FALLBACK=digits"):
        assert part in message
    assert str(root) in message
    assert "\n" not in message
    assert visible_files(root) == set()
    assert datasets.state(FASHION, root) == "absent"
    reasons = datasets.prepare([FASHION], root)
    assert list(reasons) == [FASHION]
    assert "\n" not in reasons[FASHION]
    assert datasets.load(FASHION, root=root).name == "digits"


@pytest.mark.parametrize("what", FAULTS)
def test_a_server_that_fails_is_named_and_leaves_nothing_behind(
    what: str, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(download, "READ_SECONDS", 0.3)
    name, how, complaint = FAULTS[what]
    mirror.fault[name] = how
    check_unreachable(tmp_path, complaint)


def test_a_refused_connection_is_named(
    small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [unused_address()])
    check_unreachable(tmp_path, "127.0.0.1.*[Rr]efused")


def test_a_name_server_that_never_answers_costs_seconds(
    small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "CONNECT_SECONDS", 0.2)
    released = threading.Event()

    def hangs(*arguments: Any, **named: Any) -> Any:
        released.wait(20)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    monkeypatch.setattr(
        torchvision.datasets.FashionMNIST, "mirrors", ["http://a.invalid/", "http://b.invalid/"]
    )
    check_unreachable(tmp_path, r"a\.invalid.*no answer.*b\.invalid.*no answer")
    released.set()


def test_an_unknown_host_is_named(
    small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*arguments: Any, **named: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", ["http://a.invalid/"])
    check_unreachable(tmp_path, r"a\.invalid.*Name or service not known")


# The folder


def no_space(*arguments: Any, **named: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "place_of_fault",
    ["pooch.HTTPDownloader.__call__", "pooch.Decompress.__call__", "pathlib.Path.replace"],
)  # fmt: skip
def test_a_full_disk_is_named_wherever_it_shows(
    place_of_fault: str, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(place_of_fault, no_space)
        for attempt in (datasets.load, lambda name, root: datasets.prepare([name], root)):
            with pytest.raises(DataError, match=r"disk.*full.*CNNBOOK_DATA") as error:
                attempt(FASHION, root=tmp_path)
            assert not isinstance(error.value, DataUnreachable)
            assert str(tmp_path) in str(error.value)
    assert datasets.state(FASHION, tmp_path) == "absent"
    assert not [path for path in tmp_path.iterdir() if path.is_dir() and path.name[0] == "."]
    datasets.fetch_named(FASHION, tmp_path)
    assert datasets.state(FASHION, tmp_path) == "there"


def test_a_write_that_runs_out_of_space_for_real_is_named(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Path("/dev/full")
    if full.exists():  # Linux has a device that is always full

        @contextlib.contextmanager
        def on_the_full_device(path: Any = None) -> Iterator[str]:
            yield str(full)

        monkeypatch.setattr("pooch.core.temporary_file", on_the_full_device)
    else:
        monkeypatch.setattr(pooch.HTTPDownloader, "__call__", no_space)
    with pytest.raises(DataError, match=r"disk.*full"):
        datasets.fetch_named(FASHION, tmp_path)
    assert visible_files(tmp_path) == set()


def test_a_file_in_the_place_of_the_folder_is_named(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "file"
    root.write_text("here I am")
    for fallback in ("", "digits"):  # no reason to fall back
        monkeypatch.setenv("CNNBOOK_FALLBACK", fallback)
        for attempt in (datasets.load, lambda name, root: datasets.prepare([name], root)):
            with pytest.raises(DataError, match=f"{root} is a file.*CNNBOOK_DATA"):
                attempt(FASHION, root=root)
    monkeypatch.delenv("CNNBOOK_FALLBACK")
    with pytest.raises(DataError, match=r"cannot be written.*CNNBOOK_DATA"):
        datasets.load(FASHION, root=root / "below")
    assert mirror.requests == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_an_unwritable_folder_is_named_before_the_network_is_asked(
    number: int, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.open

    def refusing(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR) and str(tmp_path) in str(path):
            raise OSError(number, os.strerror(number), str(path))
        return original(path, flags, *arguments, **named)

    monkeypatch.setattr(os, "open", refusing)
    for attempt in (datasets.load, lambda name, root: datasets.prepare([name], root)):
        with pytest.raises(DataError, match=f"{tmp_path} cannot be written.*CNNBOOK_DATA") as error:
            attempt(FASHION, root=tmp_path)
        assert not isinstance(error.value, DataUnreachable)
    assert mirror.requests == []


def test_another_process_that_holds_the_lock_for_too_long_is_named(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setattr(download, "LOCK_SECONDS", 0.2)
    with (
        FileLock(tmp_path / f".{FASHION}.lock", is_singleton=False),
        pytest.raises(DataError, match="another process"),
    ):
        datasets.fetch_named(FASHION, tmp_path)


# Several processes

CHILD = """
import json, sys
import torchvision.datasets
from dataclasses import replace
from cnnbook import datasets
from cnnbook.datasets import idx

given = json.loads(sys.argv[1])
torchvision.datasets.FashionMNIST.mirrors = [given["mirror"]]
torchvision.datasets.FashionMNIST.resources = given["resources"]
source = idx.SOURCES["fashion-mnist"]
idx.SOURCES["fashion-mnist"] = replace(source, md5=given["md5"])
print(datasets.load("fashion-mnist", root=given["root"]).digest)
"""


def child(server: Mirror, root: Path) -> "subprocess.Popen[str]":
    given = {
        "mirror": server.url,
        "resources": torchvision.datasets.FashionMNIST.resources,
        "md5": idx.SOURCES[FASHION].md5,
        "root": str(root),
    }
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, json.dumps(given)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


@pytest.mark.slow
def test_of_two_processes_one_downloads_and_the_other_finds_the_data(
    mirror: Mirror, small: dict[str, bytes], tmp_path: Path
) -> None:
    datasets.fetch_named(FASHION, tmp_path / "alone")
    alone = mirror.requests.count(f"{TEST_LABELS}.gz")
    mirror.requests.clear()
    mirror.fault[f"{TRAIN_LABELS}.gz"] = "hold"  # keeps the other process busy
    together = tmp_path / "together"
    other = child(mirror, together)
    assert mirror.in_the_middle.wait(60)
    own = threading.Thread(target=datasets.fetch_named, args=(FASHION, together))
    own.start()
    own.join(0.5)
    assert own.is_alive()  # it waits for the other
    mirror.released.set()
    own.join(30)
    assert datasets.state(FASHION, together) == "there"
    printed, complaint = other.communicate(timeout=60)
    assert other.returncode == 0, complaint
    assert printed.strip() == datasets.load(FASHION, root=together).digest
    assert mirror.requests.count(f"{TEST_LABELS}.gz") == alone
    assert loads_small(together, small)
    assert visible_files(together) == set(FILES)


@pytest.mark.slow
def test_a_process_killed_while_it_downloads_leaves_nothing_that_is_trusted(
    mirror: Mirror, small: dict[str, bytes], tmp_path: Path
) -> None:
    mirror.fault[f"{TEST_IMAGES}.gz"] = "stall"  # two files are there, the third is half there
    process = child(mirror, tmp_path)
    assert mirror.in_the_middle.wait(60)
    process.kill()
    process.communicate()
    assert datasets.state(FASHION, tmp_path) == "absent"
    assert visible_files(tmp_path) != set()  # the scratch folder of the dead is still there
    with pytest.raises(DataUnreachable):
        datasets.load(FASHION, root=tmp_path, download=False)
    mirror.fault.clear()
    datasets.fetch_named(FASHION, tmp_path)
    assert loads_small(tmp_path, small)
    assert visible_files(tmp_path) == set(FILES)
    assert not [path for path in tmp_path.glob(".*") if path.is_dir()]


def test_an_interruption_between_two_files_is_mended_by_the_next_fetch(
    mirror: Mirror, small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Path.replace
    moved: list[Path] = []

    def interrupted(self: Path, target: Any) -> Path:
        if moved:
            raise KeyboardInterrupt
        moved.append(original(self, target))
        return moved[0]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            datasets.fetch_named(FASHION, tmp_path)
    assert datasets.state(FASHION, tmp_path) == "absent"
    assert not [path for path in tmp_path.glob(".*") if path.is_dir()]
    datasets.fetch_named(FASHION, tmp_path)
    assert loads_small(tmp_path, small)
    assert visible_files(tmp_path) == set(FILES)


# The fallback


@pytest.fixture
def nowhere(small: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [unused_address()])
    monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", [unused_address()])


def test_without_the_variable_there_is_no_fallback(nowhere: None, tmp_path: Path) -> None:
    with pytest.raises(DataUnreachable, match="CNNBOOK_FALLBACK=digits"):
        datasets.load(FASHION, root=tmp_path)


def test_with_the_variable_the_fallback_is_logged_and_asks_no_server(
    mirror: Mirror,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("CNNBOOK_FALLBACK", "digits")
    loaded = datasets.load(FASHION, "test", root=tmp_path)
    assert repr(loaded) == repr(datasets.load("digits", "test"))
    assert [(r.name, r.levelno) for r in caplog.records] == [("cnnbook.datasets", logging.WARNING)]
    assert FASHION in caplog.text
    assert "digits" in caplog.text
    assert list(datasets.prepare([FASHION], tmp_path)) == [FASHION]
    assert mirror.requests == []


def test_with_the_variable_data_that_are_there_are_still_used(
    small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNBOOK_FALLBACK", "digits")
    place(tmp_path, small)
    assert loads_small(tmp_path, small)


def test_an_unknown_fallback_is_refused(
    nowhere: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNBOOK_FALLBACK", "cifar")
    with pytest.raises(DataError, match=r"CNNBOOK_FALLBACK.*'cifar'.*digits"):
        datasets.load(FASHION, root=tmp_path)


def test_after_preparing_pages_fall_back_in_silence_and_ask_no_server(
    nowhere: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    reasons = datasets.prepare([FASHION, "digits"], tmp_path)
    assert list(reasons) == [FASHION]
    assert "efused" in reasons[FASHION]
    assert os.environ["CNNBOOK_FALLBACK"] == "digits"
    assert [(r.name, r.levelno) for r in caplog.records] == [("cnnbook.datasets", logging.WARNING)]
    caplog.clear()
    monkeypatch.setattr(socket, "create_connection", None)
    # A page's error stream has to stay empty, and the preparation has said it already.
    assert datasets.load(FASHION, root=tmp_path).name == "digits"
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert list(datasets.prepare([FASHION], tmp_path)) == [FASHION]


def test_a_data_set_that_cannot_be_had_does_not_keep_another_from_being_fetched(
    mirror: Mirror, small: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", [unused_address()])
    assert list(datasets.prepare(["mnist"], tmp_path)) == ["mnist"]
    assert datasets.prepare([FASHION], tmp_path) == {}
    assert loads_small(tmp_path, small)


def test_preparing_what_is_there_leaves_the_environment_alone(
    small: dict[str, bytes], tmp_path: Path
) -> None:
    place(tmp_path, small)
    assert datasets.prepare([FASHION, "digits"], tmp_path) == {}
    assert "CNNBOOK_FALLBACK" not in os.environ


def test_torchvision_reads_what_stands_in(
    nowhere: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNBOOK_FALLBACK", "digits")
    root = datasets.torchvision_root(FASHION, tmp_path)
    assert list(tmp_path.iterdir()) == []  # digits must never be taken for the real thing
    assert root == datasets.torchvision_root(FASHION, tmp_path)
    for split in ("train", "test"):
        read = torchvision.datasets.FashionMNIST(root, train=split == "train")
        digits = datasets.load("digits", split)
        assert torch.equal(read.data, digits.images[:, 0])
        assert torch.equal(read.targets, digits.labels)


def test_torchvision_reads_the_data_themselves_where_they_are(
    mirror: Mirror, small: dict[str, bytes], tmp_path: Path
) -> None:
    assert datasets.torchvision_root(FASHION, tmp_path) == tmp_path
    read = torchvision.datasets.FashionMNIST(tmp_path, train=False)
    assert torch.equal(read.data, datasets.load(FASHION, "test", root=tmp_path).images[:, 0])


# The real thing, where it is


def test_the_real_data_hold_what_is_published() -> None:
    folder = os.environ.get("CNNBOOK_DATA")
    if not folder or datasets.state("mnist") != "there":
        # Without the files the checksums still pin the very same content.
        assert idx.SOURCES["mnist"].md5[TRAIN_IMAGES] == "6bbc9ace898e44ae57da46a324031adb"
        return
    train, test = datasets.load("mnist"), datasets.load("mnist", "test")
    assert train.images.shape == (60_000, 1, 28, 28)
    assert test.images.shape == (10_000, 1, 28, 28)
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert train.labels.bincount().tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert test.labels.bincount().tolist() == counts
    mean, std = train.mean_std()
    assert (round(mean, 4), round(std, 4)) == (0.1307, 0.3081)
    assert train.class_names == tuple("0123456789")


def test_the_real_clothes_hold_what_is_published() -> None:
    folder = os.environ.get("CNNBOOK_DATA")
    if not folder or datasets.state(FASHION) != "there":
        assert len(idx.SOURCES[FASHION].md5) == 4
        return
    train, test = datasets.load(FASHION), datasets.load(FASHION, "test")
    assert train.labels.bincount().tolist() == [6000] * 10
    assert test.labels.bincount().tolist() == [1000] * 10
    assert train.class_names[int(train.labels[0])] == "ankle boot"


@pytest.mark.parametrize("name", [FASHION, "digits"])
def test_what_load_hands_out_is_the_callers(
    name: str, tmp_path: Path, small: dict[str, bytes]
) -> None:
    place(tmp_path, small)
    first = datasets.load(name, root=tmp_path)
    due = first.images.clone(), first.labels.clone()
    first.images.zero_()
    first.labels.fill_(3)
    again = datasets.load(name, root=tmp_path)
    assert torch.equal(again.images, due[0])
    assert torch.equal(again.labels, due[1])
