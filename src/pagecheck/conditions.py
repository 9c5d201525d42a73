"""What pages run under, for a book that has nothing special to say about it.

A run is kept by everything that can change what it shows. Off the page that is, by default, the
version of Python and of every installed package. A book with data sets, devices or a package of
its own gives its own function in their place.
"""

import hashlib
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata


@dataclass(frozen=True)
class Conditions:
    """What a page runs under.

    Attributes:
        fingerprint: a digest of everything off the page that can change an output.
        about: what the page says of its run: ``device``, ``versions`` and ``data``.
        substituted: data sets that are replaced by others, each with the reason.
    """

    fingerprint: str
    about: dict[str, str]
    substituted: dict[str, str] = field(default_factory=dict)


def default_conditions(data: Sequence[str] = ()) -> Conditions:
    """The conditions for a page of a book that gives none.

    Raises:
        ValueError: for a page that names data sets: nobody knows how to get them.

    >>> sorted(default_conditions().about)
    ['data', 'device', 'versions']
    """
    if data:
        raise ValueError(
            f"the page names the data {', '.join(data)}, but the book gives no function that "
            "makes data ready (see 'conditions' in the guide)"
        )
    packages = sorted(f"{one.metadata['Name']}=={one.version}" for one in metadata.distributions())
    version = platform.python_version()
    content = "\n".join([version, *packages])
    about = {
        "device": platform.machine() or "CPU",
        "versions": f"Python {version}",
        "data": "none",
    }
    return Conditions(hashlib.sha256(content.encode()).hexdigest(), about)
