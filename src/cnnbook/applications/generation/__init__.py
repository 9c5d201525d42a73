"""Drawing digits: two players, their game, and what a trained classifier says of the result."""

from ...metrics.generation import class_imbalance, frechet_distance, intra_class_diversity, nearest
from .baseline import GaussianDigits
from .game import as_picture, discriminator_loss, generator_loss
from .judge import SURE, Judge, Opinion, trained_judge
from .network import LATENT, ConvDiscriminator, ConvGenerator, DenseDiscriminator, DenseGenerator
from .predict import CONFIG, KINDS, SNAPSHOTS, Generator, as_bytes, trained_generator
from .training import Course, GanConfig, play

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
    "class_imbalance",
    "discriminator_loss",
    "frechet_distance",
    "generator_loss",
    "intra_class_diversity",
    "nearest",
    "play",
    "trained_generator",
    "trained_judge",
]
