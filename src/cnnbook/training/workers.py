"""The processes that train one model together, as ``torchrun`` starts them.

Each takes its share of every batch; PyTorch's DistributedDataParallel adds their gradients. Without
torchrun there is one worker, and everything here does nothing.
"""

import contextlib
import copy
import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

from .errors import TrainingError


class Workers:
    """The workers of this training, and which of them this process is.

    Attributes:
        count: number of workers.
        rank: which one this is, counted from 0; the first one writes and reports.
    """

    def __init__(self, rank: int = 0, count: int = 1) -> None:
        self.rank, self.count = rank, count

    @property
    def first(self) -> bool:
        """Whether this process writes and reports."""
        return self.rank == 0

    def share(self, rows: Tensor) -> Tensor:
        """This worker's rows of a batch; no two workers share one."""
        return rows[self.rank :: self.count]

    def wrapped(
        self, model: nn.Module, device: torch.device, sync_batchnorm: bool = False
    ) -> nn.Module:
        """The model with the exchange of gradients around it.

        Args:
            model: its weights are what is trained.
            device: where it lies.
            sync_batchnorm: whether batch normalisation is over the whole batch.

        Raises:
            ValueError: if that is asked for elsewhere than on GPUs.
        """
        if self.count == 1:
            return model
        if sync_batchnorm:
            if device.type != "cuda":
                raise ValueError("sync_batchnorm needs GPUs: PyTorch has it for no other device")
            model = synchronised(model)
        ids = [device.index] if device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(model, device_ids=ids)

    def same_statistics(self, model: nn.Module) -> None:
        """Give all workers the first one's buffers, such as a normalisation's running statistics.

        Each has those of its own share of the last batch; they must judge one and the same model.
        """
        if self.count > 1:
            for buffer in model.buffers():
                dist.broadcast(buffer, src=0)

    def all_reduce(self, value: Tensor) -> Tensor:
        """The sum of a tensor over all workers, in place."""
        if self.count > 1:
            dist.all_reduce(value)
        return value

    def all_gather(self, value: Tensor) -> list[Tensor]:
        """A tensor of each worker, of equal shapes, in their order."""
        if self.count == 1:
            return [value]
        found = [torch.empty_like(value) for _ in range(self.count)]
        dist.all_gather(found, value)
        return found

    def broadcast(self, wanted: bool, device: torch.device) -> bool:
        """What the first worker wants; all have to ask at the same step."""
        if self.count == 1:
            return wanted
        flag = torch.tensor(int(wanted), device=device)
        dist.broadcast(flag, src=0)
        return bool(flag)


def synchronised(model: nn.Module) -> nn.Module:
    """A copy of a model that normalises over all processes' batches, with the very same weights.

    Its parameters and buffers are those of the model, which stays as it is.
    """
    shared = {id(tensor): tensor for tensor in [*model.parameters(), *model.buffers()]}
    convert: Callable[[nn.Module], nn.Module] = nn.SyncBatchNorm.convert_sync_batchnorm
    return convert(copy.deepcopy(model, shared))


def place_in_line() -> tuple[int, int, int]:
    """Rank, number of workers, and rank on this machine, as torchrun says; else ``(0, 1, 0)``."""
    rank, count = os.environ.get("RANK"), os.environ.get("WORLD_SIZE")
    if rank is None or count is None:
        return 0, 1, 0
    return int(rank), int(count), int(os.environ.get("LOCAL_RANK", rank))


@contextlib.contextmanager
def joined(device: torch.device) -> Iterator[Workers]:
    """Meet the other workers for a block, if torchrun has started any.

    Raises:
        TrainingError: if a worker is lost on the way.
    """
    rank, count, _ = place_in_line()
    if count == 1:
        yield Workers()
        return
    ours = not dist.is_initialized()
    if ours:
        if device.type == "cuda":
            torch.cuda.set_device(device)  # else each process makes a context on the first GPU
            dist.init_process_group("nccl", timeout=timedelta(minutes=5), device_id=device)
        else:
            dist.init_process_group("gloo", timeout=timedelta(minutes=5))
    try:
        yield Workers(rank, count)
    except (dist.DistError, RuntimeError) as error:
        if isinstance(error, dist.DistError) or "gloo" in str(error).lower():
            raise TrainingError(
                f"worker {rank} has lost the others ({str(error).splitlines()[0]}); the last "
                "checkpoint is intact, and --resume goes on from it with any number of workers"
            ) from error
        raise
    finally:
        if ours:
            dist.destroy_process_group()
