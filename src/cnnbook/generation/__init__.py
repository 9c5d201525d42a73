"""Drawing digits: two players, their game, and what a trained classifier says of the result."""

from .gaussians import GaussianDigits
from .judging import (
    SURE,
    Judge,
    Opinion,
    frechet_distance,
    nearest,
    trained_judge,
    unevenness,
    variety,
)
from .networks import (
    LATENT,
    ConvDiscriminator,
    ConvGenerator,
    DenseDiscriminator,
    DenseGenerator,
)
from .playing import Course, GanConfig, as_picture, discriminator_loss, generator_loss, play
from .trained import CONFIG, KINDS, SNAPSHOTS, Generator, as_bytes, trained_generator

__all__ = [
    "CONFIG",
    "KINDS",
    "LATENT",
    "SNAPSHOTS",
    "SURE",
    "ConvDiscriminator",
    "ConvGenerator",
    "Course",
    "DenseDiscriminator",
    "DenseGenerator",
    "GanConfig",
    "GaussianDigits",
    "Generator",
    "Judge",
    "Opinion",
    "as_bytes",
    "as_picture",
    "discriminator_loss",
    "frechet_distance",
    "generator_loss",
    "nearest",
    "play",
    "trained_generator",
    "trained_judge",
    "unevenness",
    "variety",
]
