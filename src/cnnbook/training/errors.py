"""What ends a training before its time, each with a message that says what to do."""


class TrainingError(Exception):
    """Training cannot go on; the message says where it stood and what to try."""


class CheckpointError(TrainingError):
    """A checkpoint cannot be written, read or taken; the message names the file and the remedy."""


class TrainingInterrupted(TrainingError):  # noqa: N818 - it is asked for, and no error
    """Somebody asked the training to stop; it has saved itself and says how to go on."""
