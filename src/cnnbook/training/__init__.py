"""Train any model on any ImageSet: what to do is a TrainConfig, doing it is a Trainer."""

from .checkpoint import read_checkpoint
from .config import CHOICES, TrainConfig
from .errors import CheckpointError, TrainingError, TrainingInterrupted
from .history import EpochRecord, Evaluation, History
from .schedules import learning_rate
from .trainer import Trainer
from .workers import place_in_line

__all__ = [
    "CHOICES",
    "CheckpointError",
    "EpochRecord",
    "Evaluation",
    "History",
    "TrainConfig",
    "Trainer",
    "TrainingError",
    "TrainingInterrupted",
    "learning_rate",
    "place_in_line",
    "read_checkpoint",
]
