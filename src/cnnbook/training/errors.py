"""What ends a training before its time, each with a message that says what to do."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn


class TrainingError(Exception):
    """Training cannot go on; the message says where it stood and what to try."""


class CheckpointError(TrainingError):
    """A checkpoint cannot be written, read or taken; the message names the file and the remedy."""


class TrainingInterrupted(TrainingError):  # noqa: N818 - it is asked for, and no error
    """Somebody asked the training to stop; it has saved itself and says how to go on."""


@contextlib.contextmanager
def advice(device: torch.device, batch_size: int) -> Iterator[None]:
    """A block in which errors of PyTorch that a setting would avoid name that setting.

    Raises:
        TrainingError: in place of them; ValueError where data, model and setting do not fit.
    """
    try:
        yield
    except (RuntimeError, ValueError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            kind: type[Exception] = TrainingError
            said = _OUT_OF_MEMORY
        else:
            kind, said = next(
                ((kind, words) for sign, kind, words in _ADVICE if sign in str(error)),
                (TrainingError, ""),
            )
        if not said:
            raise
        raise kind(
            said.format(
                device=device,
                batch_size=batch_size,
                half=max(1, batch_size // 2),
                operation=str(error).split()[0],
            )
        ) from error


def check_float32(model: nn.Module) -> None:
    """Make sure that a model computes in float32, as batches come.

    Raises:
        ValueError: if its weights have another number format.
    """
    for name, weight in model.named_parameters():
        if weight.is_floating_point() and weight.dtype != torch.float32:
            raise ValueError(
                f"the weights {name} are {weight.dtype}, and Trainer works on float32: call "
                "model.float(); precision='bf16' computes in bfloat16 with weights in float32"
            )


def check_logits(logits: Any, classes: int) -> None:
    """Make sure that a model gives a logit for each class.

    Raises:
        ValueError: if it gives something else.
    """
    if not isinstance(logits, Tensor):
        raise ValueError(
            f"the model gives a {type(logits).__name__}, not a tensor of logits (N, classes); wrap "
            "it in a module that gives the tensor alone"
        )
    if logits.ndim != 2 or logits.shape[1] < classes:
        raise ValueError(
            f"the model gives {tuple(logits.shape)}, not logits (N, classes) for {classes} classes"
        )


_OUT_OF_MEMORY = "out of memory on {device} with batch_size={batch_size}; try batch_size={half}"
_ADVICE: tuple[tuple[str, type[Exception], str], ...] = (
    (
        "does not have a deterministic",
        TrainingError,
        "{operation} cannot give equal bits on {device}; train with deterministic=False, or build "
        "the model without it",
    ),
    ("can't allocate memory", TrainingError, _OUT_OF_MEMORY),
    ("not enough memory", TrainingError, _OUT_OF_MEMORY),
    (
        "Expected more than 1 value per channel",
        ValueError,
        "batch normalisation cannot learn from a batch of one image, which is what batch_size="
        "{batch_size} leaves at the end of an epoch; choose another batch_size",
    ),
)
