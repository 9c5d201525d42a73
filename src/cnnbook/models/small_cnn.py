"""One network for the four that the study notes train: two stages of convolution, then a head."""

from typing import Any, ClassVar

from torch import Tensor, nn

from ..arithmetic import conv_output_size


class SmallCNN(nn.Module):
    """Stages of convolution, pooling and ReLU, then fully connected layers.

    The notes apply ReLU before pooling. Here it comes after: ReLU never reorders values, so that
    the maximum of the rectified values is the rectified maximum, and it has a quarter of the
    values to do.

    Shape: ``(N, in_channels, image_size, image_size)`` -> logits ``(N, num_classes)``.

    Args:
        channels: feature maps of each stage.
        kernel_size: side of the kernels, in pixels.
        padding: rings of zeros around the input of each convolution.
        hidden: units of each hidden layer of the head.
        dropout: share of units that are dropped before the last layer in training.
        in_channels: channels of an image.
        num_classes: number of classes.
        image_size: side of an image, in pixels.

    Raises:
        ValueError: if the images are too small for the stages.

    >>> {note: sum(p.numel() for p in SmallCNN(**settings).parameters())
    ...  for note, settings in SmallCNN.NOTES.items()}
    {'000': 44426, '001': 206922, '003': 215370, '004': 220234}
    """

    NOTES: ClassVar[dict[str, dict[str, Any]]] = {
        "000": {"channels": (6, 16), "kernel_size": 5, "padding": 0, "hidden": (120, 84)},
        "001": {"channels": (16, 32), "kernel_size": 3, "padding": 1, "hidden": (128,)},
        "003": {
            "channels": (16, 32),
            "kernel_size": 5,
            "padding": 2,
            "hidden": (128,),
            "dropout": 0.2,
        },
        "004": {"channels": (32, 64), "kernel_size": 3, "padding": 1, "hidden": (64,)},
    }
    """What each note's network is, by the number of the note."""

    def __init__(
        self,
        channels: tuple[int, ...] = (16, 32),
        kernel_size: int = 5,
        padding: int = 2,
        hidden: tuple[int, ...] = (128,),
        dropout: float = 0.0,
        in_channels: int = 1,
        num_classes: int = 10,
        image_size: int = 28,
    ) -> None:
        super().__init__()
        self.in_shape = (in_channels, image_size, image_size)
        self.features = nn.Sequential()
        size, maps = image_size, in_channels
        for number, out_channels in enumerate(channels, start=1):
            self.features.add_module(
                f"conv{number}", nn.Conv2d(maps, out_channels, kernel_size, padding=padding)
            )
            self.features.add_module(f"pool{number}", nn.MaxPool2d(2))
            self.features.add_module(f"relu{number}", nn.ReLU())
            size = conv_output_size(size, kernel_size, padding=padding)
            size = conv_output_size(size, 2, stride=2)
            maps = out_channels
        self.classifier = nn.Sequential()
        self.classifier.add_module("flatten", nn.Flatten())
        width = maps * size * size
        for number, units in enumerate(hidden, start=1):
            self.classifier.add_module(f"fc{number}", nn.Linear(width, units))
            self.classifier.add_module(f"relu{number}", nn.ReLU())
            width = units
        if dropout:
            self.classifier.add_module("dropout", nn.Dropout(dropout))
        self.classifier.add_module(f"fc{len(hidden) + 1}", nn.Linear(width, num_classes))

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
        logits: Tensor = self.classifier(self.features(images))
        return logits
