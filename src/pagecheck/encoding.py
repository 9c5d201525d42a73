"""Read a page that is in another encoding far enough to say so.

Sphinx and Sybil read pages by themselves, and end with a traceback that names none where one is not
in UTF-8. They are given this encoding: UTF-8 in which a byte that is none becomes a question mark.
The page is then refused with its line by :func:`.page.page_text`, and the others go on.
"""

import codecs
from encodings import utf_8_sig
from typing import Any

ENCODING = "pagecheck_utf_8"


class _Decoder(utf_8_sig.IncrementalDecoder):
    """Leaves out a byte order mark, and replaces what is not UTF-8."""

    def __init__(self, errors: str = "strict") -> None:
        super().__init__("replace")


def _decode(content: Any, errors: str = "strict", /) -> tuple[str, int]:
    return utf_8_sig.decode(content, "replace")


def _find(name: str) -> codecs.CodecInfo | None:
    if name != ENCODING:
        return None
    return codecs.CodecInfo(utf_8_sig.encode, _decode, incrementaldecoder=_Decoder, name=ENCODING)


codecs.register(_find)
