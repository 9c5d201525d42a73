"""The network that looks for lesions, trained once and kept."""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from ...cache import code_digest
from ...cache.store import cached
from ...device import kind_and_format
from ...models.normalized_cnn import NormalizedCNN
from ...training.fit import fit
from .data import REGIONS, SIDE, Views, centres, make_views


def trained_detector(seed: int = 0, region: str = "front") -> NormalizedCNN:
    """A network that gives each view one number, the logit of a lesion; trained once, then kept.

    It is trained on 4,500 views of one region, half of them with a lesion.

    Args:
        seed: of the initial weights and the order of the views; the views are the same for all.
        region: see :func:`make_views`.

    Raises:
        ValueError: if the region is unknown.
        cnnbook.cache.store.NotCached: if it is not kept and nothing may be trained.
    """
    centres(region)  # an unknown region is an error here, not in the middle of a training
    settings = {"seed": seed, "region": region, "device": kind_and_format()}
    content, _ = cached(
        "medical-detector",
        lambda: {"weights": _trained(seed, region).state_dict()},
        code=code_digest.imported_code("applications/medical/training.py"),
        settings=settings,
        check=lambda content: _network().load_state_dict(content["weights"]),
    )
    model = _network()
    model.load_state_dict(content["weights"])
    return model.eval()


def _trained(seed: int, region: str) -> NormalizedCNN:
    views = _views(region)
    torch.manual_seed(seed)
    model = _network()

    def loss(logits: Tensor, lesion: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits[:, 0], lesion)

    targets = [views.lesion.float()]
    fit(model, views.images, targets, loss, epochs=3, batch_size=32, lr=0.01, seed=seed)
    return model


@lru_cache(maxsize=1)
def _views(region: str) -> Views:
    """The views to learn from, the same for all seeds."""
    return make_views(4_500, region, share=0.5, seed=sorted(REGIONS).index(region))


def _network() -> NormalizedCNN:
    return NormalizedCNN(
        stages=((8,), (16, 16), (24,)),
        first_kernel_size=3,
        head="max",
        dropout=0.0,
        num_classes=1,
        image_size=SIDE,
    )
