"""Convolutions with batch normalisation, in stages that halve the image."""

from typing import Any, ClassVar, Literal, get_args

from torch import Tensor, nn

Head = Literal["flatten", "mean", "max"]


class NormalizedCNN(nn.Module):
    """Stages of convolutions, each normalised over the batch, then one fully connected layer.

    At the end of each stage but the last, the largest of every four values is kept. Normalisation
    and ReLU come after that, where a quarter of the values is left. The convolutions have no bias,
    as normalisation would take it away again.

    Shape: ``(N, in_channels, image_size, image_size)`` -> logits ``(N, num_classes)``.

    Args:
        stages: the feature maps of each convolution, stage by stage.
        first_kernel_size: side of the first convolution's kernels, in pixels; the others have 3.
            Images are padded, so that convolution keeps their size.
        head: what the fully connected layer gets: all values of the last maps (``"flatten"``), or
            one of each map, its ``"mean"`` or its ``"max"``.
        dropout: share of the fully connected layer's inputs that are dropped in training.
        normalized: whether there is normalisation; without it, the convolutions have biases.
        in_channels: channels of an image.
        num_classes: number of classes.
        image_size: side of an image, in pixels.

    Raises:
        ValueError: if a stage has no convolution, the first kernels have an even side, the images
            are too small to be halved so often, or the head is none of the three.

    Source: Ioffe and Szegedy (2015) for the normalisation; the row of small convolutions is that of
    Simonyan and Zisserman (2015).

    >>> {name: sum(p.numel() for p in NormalizedCNN(**settings).parameters())
    ...  for name, settings in NormalizedCNN.SIZES.items()}
    {'modern': 203794, 'tiny': 18000}
    """

    SIZES: ClassVar[dict[str, dict[str, Any]]] = {
        "modern": {},
        "tiny": {
            "stages": ((10, 16), (20, 24), (40,)),
            "first_kernel_size": 3,
            "head": "max",
            "dropout": 0.0,
        },
    }
    """The two that the chapter on modern training arrives at."""

    def __init__(
        self,
        stages: tuple[tuple[int, ...], ...] = ((24,), (48, 48), (96, 96)),
        first_kernel_size: int = 5,
        head: Head = "flatten",
        dropout: float = 0.3,
        normalized: bool = True,
        in_channels: int = 1,
        num_classes: int = 10,
        image_size: int = 28,
    ) -> None:
        super().__init__()
        if not stages or not all(stages):
            raise ValueError(f"every stage needs a convolution, but stages are {stages}")
        if first_kernel_size < 1 or first_kernel_size % 2 == 0:
            raise ValueError(f"first_kernel_size must be odd, not {first_kernel_size}")
        if head not in get_args(Head):
            raise ValueError(f"head must be one of {', '.join(get_args(Head))}, not {head!r}")
        size = image_size // 2 ** (len(stages) - 1)
        if size < 1:
            raise ValueError(
                f"images of {image_size} pixels cannot be halved {len(stages) - 1} times; "
                "use fewer stages"
            )
        self.in_shape = (in_channels, image_size, image_size)
        self.head = head
        self.features = nn.Sequential()
        maps, kernel_size = in_channels, first_kernel_size
        for number, stage in enumerate(stages, start=1):
            for place, out_channels in enumerate(stage, start=1):
                name = f"{number}_{place}"
                conv = nn.Conv2d(
                    maps,
                    out_channels,
                    kernel_size,
                    padding=kernel_size // 2,
                    bias=not normalized,
                )
                self.features.add_module(f"conv{name}", conv)
                if place == len(stage) and number < len(stages):
                    self.features.add_module(f"pool{number}", nn.MaxPool2d(2))
                if normalized:
                    self.features.add_module(f"norm{name}", nn.BatchNorm2d(out_channels))
                self.features.add_module(f"relu{name}", nn.ReLU())
                maps, kernel_size = out_channels, 3
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(maps * size**2 if head == "flatten" else maps, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of images.

        Raises:
            ValueError: if the images have another shape than the network was made for.
        """
        if tuple(images.shape[1:]) != self.in_shape:
            raise ValueError(
                f"this network takes images of shape (N, {', '.join(map(str, self.in_shape))}), "
                f"not {tuple(images.shape)}"
            )
        maps = self.features(images)
        if self.head == "mean":
            maps = maps.mean(dim=(2, 3))
        elif self.head == "max":
            # Not adaptive_max_pool2d: it has no deterministic gradient on a GPU.
            maps = maps.amax(dim=(2, 3))
        logits: Tensor = self.output(self.dropout(maps.flatten(1)))
        return logits
