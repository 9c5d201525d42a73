"""How the C library of this process frees memory, while a training runs."""

import contextlib
import ctypes
import platform
import threading
from collections.abc import Iterator

_KEPT = 2**30, 2**31 - 1
_USUAL = 2**25, 2**26
"""What glibc's own thresholds have grown to by themselves once blocks of 32 MiB were freed."""
_holders = 0
_holding = threading.Lock()


@contextlib.contextmanager
def freed_memory_kept() -> Iterator[bool]:
    """Let this process keep large blocks of memory that it frees, as long as the context lasts.

    The C library of Linux gives a freed block of some megabytes back to the system, and gets fresh
    pages for the next one, each of which costs an interruption when it is first touched. A training
    step frees and asks for the same blocks again and again: the chapter on speed measures what
    keeping them saves. At the end what is free is given back, and the C library's thresholds become
    those to which they grow by themselves where large blocks are freed.

    Yields:
        Whether the C library took the setting; elsewhere than on Linux with glibc, False.
    """
    global _holders
    library = ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
    with _holding:
        _holders += 1
        taken = library is not None and _set_thresholds(library, *_KEPT)
    try:
        yield taken
    finally:
        with _holding:
            _holders -= 1
            if taken and library is not None and not _holders:
                _set_thresholds(library, *_USUAL)
                library.malloc_trim(0)


def _set_thresholds(library: ctypes.CDLL, mapped: int, trimmed: int) -> bool:
    """Set the size from which a block is mapped by itself, and how much may stay free at the end.

    Older versions of the library refuse more than 32 MiB for the former.
    """
    m_mmap_threshold, m_trim_threshold = -3, -1  # as malloc.h has them
    usual = _USUAL[0]
    taken = library.mallopt(m_mmap_threshold, mapped) or library.mallopt(m_mmap_threshold, usual)
    return bool(taken and library.mallopt(m_trim_threshold, trimmed))
