"""The networks of the study notes with the notes' own settings, and others of the same size.

What a note does not say is filled in from the note that does: the network of the note on structure
comes without a training and gets that of the note on MNIST.
"""

from dataclasses import replace

from ..training import TrainConfig
from .runner import Study, Variant

HALF = (0.5, 0.5)
"""Mean and deviation by which two of the notes bring pixels to -1..1."""

ADAM = TrainConfig(epochs=3, batch_size=64, optimizer="adam", lr=0.001)
SGD = replace(ADAM, epochs=5, optimizer="sgd", momentum=0.9, normalize=HALF)

RECIPES = {
    "note 003": Variant("note-003", ADAM),
    "note 004": Variant("note-004", SGD),
    "note 001, clothes": Variant("note-001", replace(ADAM, normalize=HALF), data="fashion-mnist"),
    "note 000": Variant("note-000", ADAM),
    "fully connected": Variant("mlp", ADAM),
}
"""Each network with its own settings."""

SWAPPED = {
    "note 003, as 004 trains": Variant("note-003", SGD),
    "note 004, as 003 trains": Variant("note-004", ADAM),
}
"""The two networks with each other's settings: is it the network or the training?"""

EQUAL = {
    "fully connected, 44 thousand": Variant("mlp", ADAM, {"hidden": (56,)}),
    "convolutional, 215 thousand": Variant("note-003", ADAM, {"dropout": 0.0}),
    "fully connected, 215 thousand": Variant("mlp", ADAM, {"hidden": (271,)}),
}
"""With note 000, pairs of nearly the same number of parameters, trained alike, without dropout."""

LONGER = {"note 004, seven epochs": Variant("note-004", replace(SGD, epochs=7))}
"""Two epochs more than note 004 names: how far from its accuracy are five?"""

AGAIN = {"note 004, once more": RECIPES["note 004"]}
"""Made later, with the losses of its epochs on record, which the note prints too."""

STUDY = Study(
    "five-networks",
    "Do the notes' results hold, and what does a convolution add at the same number of weights?",
    RECIPES | SWAPPED | EQUAL | LONGER | AGAIN,
    seeds={name: range(5) for name in RECIPES}
    | {name: range(3) for name in SWAPPED | EQUAL | LONGER}
    | {name: range(1) for name in AGAIN},
)
