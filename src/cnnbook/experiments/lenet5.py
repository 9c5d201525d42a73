"""LeNet-5 beside the error that the paper reports, and the steps from it to a modern network.

The paper trains for twenty passes with a second-order method of its own and a rate that falls by
hand. Here Adam does the work with a rate that rises and falls; network, initial weights, inputs and
loss are the paper's. Its distortions are shifts, changes of size, squeezing and horizontal
shearing, drawn once for nine copies of each image; here they are drawn anew in each epoch.
"""

from dataclasses import replace

from ..models.lenet5 import MEAN_STD
from ..training import TrainConfig
from .runner import Study, Variant

PAPER = TrainConfig(
    epochs=20,
    batch_size=32,
    optimizer="adamw",
    lr=0.002,
    weight_decay=0.05,
    schedule="one-cycle",
    loss="discriminative",
    normalize=MEAN_STD,
)

FAITHFUL = {
    "lenet-5": Variant("lenet5", PAPER),
    "lenet-5, distorted": Variant(
        "lenet5", replace(PAPER, epochs=15, shift=1, zoom=0.1, shear=0.15)
    ),
}
"""The network of the paper, without and with distorted images."""

SHORT = replace(PAPER, epochs=3)
CROSS_ENTROPY = replace(SHORT, loss="cross-entropy")

_FULL = {"connections": "full"}
_MAX = _FULL | {"subsampling": "max"}
_RELU = _MAX | {"activation": "relu"}
_LINEAR = _RELU | {"output": "linear"}
_HE = _LINEAR | {"initialisation": "he"}

LADDER = {
    "lenet-5, short": Variant("lenet5", SHORT),
    "full table": Variant("lenet5", SHORT, _FULL),
    "max pooling": Variant("lenet5", SHORT, _MAX),
    "relu": Variant("lenet5", SHORT, _RELU),
    "linear output, cross-entropy": Variant("lenet5", CROSS_ENTROPY, _LINEAR),
    "he initialisation": Variant("lenet5", CROSS_ENTROPY, _HE),
}
"""One change after the other, each kept, until all parts are today's; three epochs."""

TRAP = {"cross-entropy on distances": Variant("lenet5", CROSS_ENTROPY)}
"""The usual loss on scores that are no logits."""

STUDY = Study(
    "lenet-5",
    "Does LeNet-5 reach the paper's error, and which of its parts mattered?",
    FAITHFUL | LADDER | TRAP,
    seeds=range(5),
)
