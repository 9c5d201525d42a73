"""Layers that the book needs and PyTorch does not have."""

from .adaptive import AdaptiveAvgPool2d
from .blurpool import BlurPool
from .connections import ConnectionTableConv2d
from .nineties import RBFOutput, ScaledTanh, Subsample
from .separable import DepthwiseSeparableConv2d

__all__ = [
    "AdaptiveAvgPool2d",
    "BlurPool",
    "ConnectionTableConv2d",
    "DepthwiseSeparableConv2d",
    "RBFOutput",
    "ScaledTanh",
    "Subsample",
]
