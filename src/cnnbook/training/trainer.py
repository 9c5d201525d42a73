"""The Trainer: device, precision, validation and early stopping around the steps."""

import contextlib
import os
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..batches import Augmentation, Batches
from ..datasets import ImageSet
from ..device import Stopwatch, choose_device, supports_bf16
from ..metrics import accuracy
from .config import TrainConfig
from .history import EpochRecord, Evaluation, History
from .loop import TrainingLoop

_EVALUATION_BATCH = 500


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
        wants_bf16 = self.config.precision == "bf16" or (
            self.config.precision == "auto" and self.device.type == "cuda"
        )
        if self.config.precision == "bf16" and self.device.type == "mps":
            raise ValueError("precision 'bf16' is not supported on MPS; use 'fp32'")
        self.bf16 = wants_bf16 and (self.device.type == "cpu" or supports_bf16(self.device))
        if self.config.precision == "bf16" and not self.bf16:
            raise ValueError(f"{self.device} does not compute in bf16; use precision 'fp32'")
        self.mean_std: tuple[float, float] | None = None
        """What images were normalised with in the last training; evaluation does the same."""

    def fit(
        self,
        model: nn.Module,
        train: ImageSet,
        validation: ImageSet | None = None,
        *,
        augment: Augmentation | None = None,
        on_epoch: Callable[[EpochRecord], None] | None = None,
    ) -> History:
        """Train a model in place. Its initial weights are the caller's.

        Args:
            model: takes images ``(N, C, H, W)``, gives logits ``(N, classes)``.
            train: images to learn from.
            validation: images to judge each epoch by; None holds out ``config.validation``.
            augment: changes training batches on the device.
            on_epoch: called with each epoch's record.

        Raises:
            TrainingError: if the loss is not finite, or the device has not enough memory.
            ValueError: if data, model and configuration do not fit together.
        """
        config = self.config
        if validation is None and config.validation:
            train, validation = train.split_off(config.validation, seed=config.seed)
        if config.patience is not None and validation is None:
            raise ValueError("patience needs a validation set: give one, or set validation")
        self.mean_std = train.mean_std() if config.normalize else None
        batches = Batches(
            train,
            config.batch_size,
            self.device,
            shuffle=True,
            seed=config.seed,
            mean_std=self.mean_std,
            channels_last=config.channels_last,
            augment=augment,
        )
        self._place(model)
        loop = TrainingLoop(model, config, batches, self.device, self._autocast)
        records: list[EpochRecord] = []
        best: tuple[float, int, dict[str, Tensor]] | None = None
        with _seeded(config.seed, self.device), _deterministic(config.deterministic):
            for epoch in range(1, config.epochs + 1):
                with Stopwatch(self.device) as watch:
                    loss, right = loop.epoch(epoch)
                judged = None if validation is None else self.evaluate(model, validation)
                records.append(
                    EpochRecord(
                        epoch,
                        loss,
                        right,
                        judged.loss if judged else None,
                        judged.accuracy if judged else None,
                        loop.lr,
                        watch.seconds,
                    )
                )
                if on_epoch is not None:
                    on_epoch(records[-1])
                if config.patience is None or judged is None:
                    continue
                if best is None or judged.loss < best[0]:
                    weights = {name: t.clone() for name, t in model.state_dict().items()}
                    best = (judged.loss, epoch, weights)
                elif epoch - best[1] >= config.patience:
                    break
        if best is not None:
            model.load_state_dict(best[2])
        return History(
            tuple(records), tuple(loop.step_losses), best[1] if best else records[-1].epoch
        )

    def evaluate(self, model: nn.Module, data: ImageSet) -> Evaluation:
        """Judge a model: dropout off, no gradients; the model's mode is restored afterwards.

        Raises:
            ValueError: as :meth:`predict`.
        """
        logits = self.predict(model, data)
        loss = float(F.cross_entropy(logits, data.labels))
        return Evaluation(loss, accuracy(logits, data.labels), logits, data.labels)

    def predict(self, model: nn.Module, data: ImageSet) -> Tensor:
        """Logits ``(N, classes)`` of all images, float32 on the CPU.

        Raises:
            ValueError: if there are no images, or it is not known how to normalise them.
        """
        if self.config.normalize and self.mean_std is None:
            raise ValueError(
                "this trainer has not trained and cannot know how images were normalised; "
                "set its mean_std to that of the training"
            )
        self._place(model)
        batches = Batches(
            data,
            _EVALUATION_BATCH,
            self.device,
            mean_std=self.mean_std,
            channels_last=self.config.channels_last,
        )
        modes = [(module, module.training) for module in model.modules()]
        model.eval()
        try:
            with torch.no_grad(), self._autocast():
                logits = [model(images).float() for images, _ in batches]
        finally:
            for module, mode in modes:
                module.training = mode
        return torch.cat(logits).cpu()

    def _place(self, model: nn.Module) -> None:
        model.to(self.device)
        if self.config.channels_last:
            for module in model.modules():
                if isinstance(module, nn.Conv2d):
                    module.to(memory_format=torch.channels_last)

    def _autocast(self) -> contextlib.AbstractContextManager[object]:
        if not self.bf16:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)


@contextlib.contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed dropout and the like for a block, and leave the caller's generators as they were."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


@contextlib.contextmanager
def _deterministic(wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    # cuBLAS wants it in the environment before its first use, and refuses to work without it.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.are_deterministic_algorithms_enabled()
    benchmark = torch.backends.cudnn.benchmark
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
        torch.backends.cudnn.benchmark = benchmark
