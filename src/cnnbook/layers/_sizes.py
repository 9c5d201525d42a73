"""One error for a size that is none."""


def check_whole(least: int, **values: int) -> None:
    """Make sure that each value is a whole number of at least ``least``.

    Raises:
        ValueError: naming the first that is not.
    """
    for name, value in values.items():
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
