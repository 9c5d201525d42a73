"""The multilayer perceptron that every convolutional network is compared with."""

from torch import Tensor, nn


class MLP(nn.Module):
    """Fully connected layers with ReLU between them: every pixel to every unit.

    With the default 784-128-10 it has 784·128 + 128 + 128·10 + 10 = 101,770 parameters.

    Shape: images ``(N, C, H, W)`` with ``C·H·W = in_features`` -> logits ``(N, num_classes)``.

    Args:
        in_features: pixels of an image, all channels together.
        hidden: units of each hidden layer.
        num_classes: number of classes.

    >>> sum(p.numel() for p in MLP().parameters())
    101770
    """

    def __init__(
        self, in_features: int = 784, hidden: tuple[int, ...] = (128,), num_classes: int = 10
    ) -> None:
        super().__init__()
        self.in_features = in_features
        layers: dict[str, nn.Module] = {"flatten": nn.Flatten()}
        width = in_features
        for number, units in enumerate(hidden, start=1):
            layers[f"fc{number}"] = nn.Linear(width, units)
            layers[f"relu{number}"] = nn.ReLU()
            width = units
        layers[f"fc{len(hidden) + 1}"] = nn.Linear(width, num_classes)
        self.classifier = nn.Sequential()
        for name, layer in layers.items():
            self.classifier.add_module(name, layer)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of images.

        Raises:
            ValueError: if an image has another number of pixels than the first layer expects.
        """
        pixels = images[0].numel() if len(images) else self.in_features
        if pixels != self.in_features:
            raise ValueError(
                f"this MLP takes {self.in_features} pixels an image, but images of shape "
                f"{tuple(images.shape)} have {pixels}"
            )
        logits: Tensor = self.classifier(images)
        return logits
