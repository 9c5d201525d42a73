"""Layers that the book needs and PyTorch does not have."""

from .adaptive import AdaptiveAvgPool2d
from .blurpool import BlurPool
from .connection_table import ConnectionTableConv2d
from .depthwise_separable import DepthwiseSeparableConv2d
from .lenet5 import RBFOutput, ScaledTanh, Subsample

__all__ = [
    "AdaptiveAvgPool2d",
    "BlurPool",
    "ConnectionTableConv2d",
    "DepthwiseSeparableConv2d",
    "RBFOutput",
    "ScaledTanh",
    "Subsample",
]
