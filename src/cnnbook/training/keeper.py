"""What happens between two steps: progress is shown, checkpoints are kept, a stop is heard."""

from typing import Any

from .course import Course
from .errors import TrainingInterrupted
from .interruption import Interruption
from .progress import Progress
from .run_dir import RunFolder

# How often several workers ask the first one whether it is time for a checkpoint.
_STEPS_BETWEEN_AGREEMENTS = 20


class Keeper:
    """Keeps a training safe and visible.

    Args:
        course: the training.
        folder: where its checkpoints are kept; None keeps none.
        interruption: tells whether somebody asked to stop.
        progress: the bar.
    """

    def __init__(
        self,
        course: Course,
        folder: RunFolder | None,
        interruption: Interruption,
        progress: Progress,
    ) -> None:
        self.course, self.folder = course, folder
        self.interruption, self.progress = interruption, progress

    def begin(self, about: dict[str, Any]) -> None:
        """Write down what is trained, and the state before the first step.

        Whenever the process is killed from now on, there is something to go on from.
        """
        if self.folder is None:
            return
        if self.course.loop.workers.first:
            self.folder.describe(about)
        if self.course.loop.step == 0:
            self._save()

    def after_step(self) -> None:
        """Show the step; save when it is time or when asked to stop.

        Raises:
            TrainingInterrupted: if asked to stop, after everything has been saved.
        """
        loop = self.course.loop
        self.progress.step(loop)
        if self.folder is None:
            return
        if self.interruption.asked:
            self._save()
            raise TrainingInterrupted(
                f"stopped after step {loop.step} of {loop.steps} (epoch {loop.epoch}); everything "
                f"is in {self.folder.path}: go on with --resume (resume=True)"
            )
        workers = loop.workers
        if workers.count > 1 and loop.step % _STEPS_BETWEEN_AGREEMENTS:
            return
        if workers.broadcast(self.folder.due, loop.device):
            self._save()

    def after_epoch(self) -> None:
        """Save the checkpoint and the history."""
        if self.folder is None:
            return
        self._save()
        if self.course.loop.workers.first:
            self.folder.save_history(self.course.history)

    def _save(self) -> None:
        assert self.folder is not None
        snapshot = self.course.snapshot()
        if self.course.loop.workers.first:
            self.folder.save(snapshot)
