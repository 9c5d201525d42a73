"""The Trainer: everything around the steps, put together as a configuration says."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .._surroundings import modes_kept, usual_torch
from ..datasets import ImageSet
from ..datasets.augment import Augmentation, RandomAffine, RandomShift
from ..datasets.batches import Batches
from ..device import choose_device, current
from ..metrics.classification import accuracy
from .config import TrainConfig
from .course import described
from .errors import check_float32, check_logits
from .history import EpochRecord, Evaluation, History
from .loop import TrainingLoop
from .losses import loss_function
from .modes import takes_channels_last
from .placement import placed
from .precision import forward_pass, kernels, resolved
from .session import session
from .session import train as run
from .steps import classification_step
from .workers import Workers, place_in_line

_EVALUATION_BATCH = (500, 5_000)  # on a processor, on a GPU
_ADAPTED_TO = 2_000


class Trainer:
    """Trains models as a configuration says.

    Args:
        config: how to train.

    Raises:
        DeviceError: if the configured device is not there.

    >>> from cnnbook.datasets import load
    >>> from cnnbook.models import MLP
    >>> trainer = Trainer(TrainConfig(epochs=2, device="cpu"))
    >>> history = trainer.fit(MLP(), load("digits"))
    >>> len(history.epochs), len(history.step_losses)
    (2, 46)
    """

    def __init__(self, config: TrainConfig | None = None) -> None:
        self.config = config or TrainConfig()
        self.device = choose_device(self.config.device)
        _, count, local_rank = place_in_line()
        if count > 1 and str(self.device) == "cuda":
            self.device = choose_device(f"cuda:{local_rank}")
        self.precision = resolved(self.config.precision, self.device)
        """The number format of training and judging: what ``precision="auto"`` has become."""
        self.unrecorded: str | None = None
        """Why the last training's steps were not recorded as a CUDA graph; None if they were."""
        given = self.config.normalize
        self.mean_std: tuple[float, float] | None = None if isinstance(given, bool) else given
        """What images were normalised with in the last training; evaluation does the same."""

    @usual_torch()
    def fit(
        self,
        model: nn.Module,
        train: ImageSet,
        validation: ImageSet | None = None,
        *,
        augment: Augmentation | None = None,
        on_epoch: Callable[[EpochRecord], None] | None = None,
        folder: str | Path | None = None,
        resume: bool = False,
        about: Mapping[str, Any] | None = None,
        progress: bool | None = None,
    ) -> History:
        """Train a model in place. Its initial weights are the caller's.

        Afterwards the model lies where it did before, on the same device and in the same layout,
        and each of its modules has the mode that it had. Modules in evaluation mode within a model
        in training mode (frozen batch normalisation) stay in it.

        A model that has a method ``adapt(images)`` is shown 2,000 training images before the first
        step, as the layers of Keras are that look at data first.

        With a folder, checkpoints are kept there: after each epoch, every
        ``config.checkpoint_seconds`` within one, and when Ctrl-C or SIGTERM asks to stop. A
        training that is resumed from one gets the weights and the losses, to the bit, that it
        would have got without the interruption, on the same machine. Under ``torchrun`` the
        workers share every batch.

        Args:
            model: takes images ``(N, C, H, W)``, gives logits ``(N, classes)``.
            train: images to learn from.
            validation: images to judge each epoch by; None holds out ``config.validation``.
            augment: changes training images on the device, in place of the configured changes.
            on_epoch: called with each epoch's record.
            folder: where to keep checkpoints and the history; None keeps nothing.
            resume: whether to go on with the training that the folder holds.
            about: plain values that the folder's ``run.json`` is to say besides the configuration.
            progress: whether to show a progress bar; None shows it on a terminal.

        Raises:
            TrainingError: if the loss is not finite, the device has not enough memory, a checkpoint
                cannot be written or taken, or the training was asked to stop.
            ValueError: if data, model and configuration do not fit together.
        """
        config = self.config
        if validation is None and config.validation:
            train, validation = train.split_off(config.validation, seed=config.seed)
        if config.patience is not None and validation is None:
            raise ValueError("patience needs a validation set: give one, or set validation")
        self.mean_std = train.mean_std() if config.normalize is True else config.normalize or None
        check_float32(model)
        channels_last = self._channels_last(model, train)
        batches = Batches(
            train,
            config.batch_size,
            self.device,
            shuffle=True,
            seed=config.seed,
            mean_std=self.mean_std,
            channels_last=channels_last,
            augment=augment or _configured(config),
        )
        with session(
            model,
            config,
            self.device,
            self.precision,
            folder=folder,
            resume=resume,
            channels_last=channels_last,
        ) as here:
            self.precision = here.precision
            if (adapt := getattr(model, "adapt", None)) is not None and not resume:
                adapt(batches.batch(slice(0, _ADAPTED_TO))[0])
            step = classification_step(
                model, batches.num_classes, config, self.device, here.precision, here.workers
            )
            loop = TrainingLoop(step, config, batches, self.device, here.workers)

            def identity() -> dict[str, str | None]:
                return {
                    "precision": here.precision,
                    "augment": described(batches.augment),
                    "data": train.digest,
                    "validation": None if validation is None else validation.digest,
                }

            def judge() -> Evaluation | None:
                if validation is None:
                    return None
                return self._evaluate(loop.judged, validation, here.workers)

            history = run(
                loop,
                here,
                identity,
                about={**(about or {}), "mean_std": self.mean_std},
                judge=judge,
                on_epoch=on_epoch,
                progress=progress,
            )
            self.unrecorded = loop.unrecorded
        return history

    def _channels_last(self, model: nn.Module, data: ImageSet) -> bool:
        wanted = self.config.channels_last
        return wanted and takes_channels_last(model, data.images, self.device)

    @usual_torch()
    def evaluate(self, model: nn.Module, data: ImageSet) -> Evaluation:
        """Judge a model: dropout off, no gradients; the model's mode is restored afterwards.

        Raises:
            ValueError: as :meth:`predict`.
        """
        return self._evaluate(model, data, Workers())

    def _evaluate(self, model: nn.Module, data: ImageSet, workers: Workers) -> Evaluation:
        logits = self._logits(model, data, workers)
        loss = float(loss_function(self.config.loss)(logits, data.labels))
        return Evaluation(loss, accuracy(logits, data.labels), logits, data.labels)

    @usual_torch()
    def predict(self, model: nn.Module, data: ImageSet) -> Tensor:
        """Logits ``(N, classes)`` of all images, float32 on the CPU.

        Raises:
            ValueError: if there are no images, or it is not known how to normalise them.
        """
        return self._logits(model, data, Workers())

    def _logits(self, model: nn.Module, data: ImageSet, workers: Workers) -> Tensor:
        if self.config.normalize and self.mean_std is None:
            raise ValueError(
                "this trainer has not trained and cannot know how images were normalised; "
                "set its mean_std to that of the training"
            )
        shared = workers.count > 1 and len(data) >= workers.count
        mine = data.subset(range(workers.rank, len(data), workers.count)) if shared else data
        check_float32(model)
        channels_last = self._channels_last(model, mine)
        batches = Batches(
            mine,
            _EVALUATION_BATCH[self.device.type == "cuda"],
            self.device,
            mean_std=self.mean_std,
            channels_last=channels_last,
        )
        with (
            current(self.device),
            modes_kept(model),
            placed(model, self.device, channels_last=channels_last),
            kernels(self.precision, self.device),
            torch.no_grad(),
            forward_pass(self.precision, self.device),
        ):
            model.eval()
            logits = torch.cat([_checked(model(images)) for images, _ in batches])
        if shared:
            everyones = logits.new_zeros(len(data), *logits.shape[1:])
            everyones[workers.rank :: workers.count] = logits
            logits = workers.all_reduce(everyones)
        return logits.cpu()


def _checked(logits: Any) -> Tensor:
    """Logits as float32."""
    check_logits(logits, 1)
    return logits.float()  # type: ignore[no-any-return]


def _configured(config: TrainConfig) -> Augmentation | None:
    """The random changes of images that a configuration asks for."""
    if config.rotate or config.zoom or config.shear:
        return RandomAffine(config.shift, config.rotate, config.zoom, config.shear)
    return RandomShift(config.shift) if config.shift else None
