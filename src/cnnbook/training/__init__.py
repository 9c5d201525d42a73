"""Train any model on any ImageSet: what to do is a TrainConfig, doing it is a Trainer."""

from .config import TrainConfig
from .history import EpochRecord, Evaluation, History
from .loop import TrainingError
from .trainer import Trainer

__all__ = ["EpochRecord", "Evaluation", "History", "TrainConfig", "Trainer", "TrainingError"]
