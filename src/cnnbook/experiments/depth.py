"""Depth with and without skip connections: do more layers make the training loss larger or smaller?

The networks have the plan of He, Zhang, Ren and Sun (2016), section 4.2, for small images, with
half the feature maps and a first convolution of stride 2. They learn from 3,000 images of clothes
only, so that 56 layers are affordable; the settings are the same for all.
"""

from ..training import TrainConfig
from .runner import Study, Variant

CONFIG = TrainConfig(
    epochs=12, optimizer="adamw", lr=0.01, weight_decay=0.01, schedule="one-cycle", validation=5000
)
"""How all of them are trained, in float32."""

NETWORKS = {
    f"{name}, {depth} layers": Variant(
        model,
        CONFIG,
        {"blocks": 3 * [(depth - 2) // 6], "stem": [3, 2]},
        data="fashion-mnist",
        first=3000,
    )
    for depth in (20, 56)
    for name, model in (("plain", "plain"), ("residual", "resnet"))
}
"""Two depths, with the inputs of blocks added to their outputs and without."""

STUDY = Study(
    "depth",
    "Can more layers make the loss on training images larger, and do skip connections mend it?",
    NETWORKS,
    seeds=range(3),
)
