"""Pictures as text: their size, their mean, and a digest of their pixels.

Pixels are compared and not files, since another version of an encoder writes another file; and a
digest forgives a decoder that rounds a pixel the other way.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

_DATA_ADDRESS = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+);base64,(?P<data>[A-Za-z0-9+/=\\\s]+)")
_FULL = (0.0, 255.0)


def picture_text(*encoded: bytes) -> str:
    """What a picture shows, or an animation, whose frames may be in one file or in several.

    Args:
        encoded: the bytes of files that Pillow reads: PNG, JPEG, GIF, WebP.

    >>> from PIL import Image
    >>> buffer = BytesIO()
    >>> Image.new("L", (8, 4), 51).save(buffer, "PNG")
    >>> picture_text(buffer.getvalue())
    'picture 8x4 grey, mean 51.0, digest 4.9882 4.9532'
    """
    frames = [frame for each in encoded for frame in _frames(each)]
    if not frames:
        return "picture that cannot be read"
    from .projection import digest

    height, width, *channels = frames[0].shape
    colour = "colour" if channels else "grey"
    kind = "picture" if len(frames) == 1 else f"animation {len(frames)} frames"
    mean = sum(float(frame.mean()) for frame in frames) / len(frames)
    return f"{kind} {width}x{height} {colour}, mean {mean:.1f}, {digest(*frames, limits=_FULL)}"


def drawing_text(svg: str) -> str:
    """What an SVG drawing shows: its texts, and a hash of its elements.

    >>> drawing_text('<svg width="9" height="9"><text id="a7">loss</text></svg>')
    'drawing 9x9 "loss", content 763a81a0'
    """
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError:
        return f"drawing, content {short_hash(svg)}"
    for parent in list(root.iter()):
        for child in list(parent):
            if _tag(child) == "metadata":
                parent.remove(child)
    texts = [" ".join("".join(node.itertext()).split()) for node in root.iter() if _is_text(node)]
    size = "x".join(root.get(name, "").removesuffix("pt") for name in ("width", "height"))
    words = "".join(f' "{text}"' for text in texts if text)
    markup = ElementTree.tostring(root, encoding="unicode")
    return f"drawing {size}{words}, content {short_hash(_without_names(markup))}"


def embedded_text(source: str) -> list[str]:
    """What the files show that are embedded in HTML or in a script: pictures, films, sound.

    Several pictures are the frames of one animation, as matplotlib writes it.
    """
    found = [(each["type"], _decoded(each["data"])) for each in _DATA_ADDRESS.finditer(source)]
    frames = [data for kind, data in found if kind.startswith("image/") and "svg" not in kind]
    drawings = [data.decode("utf-8", "replace") for kind, data in found if "svg" in kind]
    others = [(kind, data) for kind, data in found if not kind.startswith("image/")]
    return [
        *([picture_text(*frames)] if frames else []),
        *(drawing_text(data) for data in drawings),
        *(f"{kind} {len(data)} bytes, content {short_hash(data)}" for kind, data in others),
    ]


def without_embedded(source: str) -> str:
    """A text without the files that are embedded in it."""
    return _DATA_ADDRESS.sub("", source)


def base64_bytes(text: str | Sequence[str]) -> bytes:
    """The bytes of a picture in the notebook format."""
    return _decoded(text if isinstance(text, str) else "".join(text))


def short_hash(content: str | bytes) -> str:
    """The first 8 digits of a hash: enough to tell that something is another one.

    >>> short_hash("loss")
    '2ea71c18'
    """
    data = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()[:8]


def _frames(encoded: bytes) -> list[Any]:
    """The pixels of each frame: rows, columns and, unless all are grey, channels."""
    import numpy as np
    from PIL import Image, ImageSequence, UnidentifiedImageError

    try:
        with Image.open(BytesIO(encoded)) as picture:
            return [np.asarray(_plain(frame)) for frame in ImageSequence.Iterator(picture)]
    except (UnidentifiedImageError, OSError):
        return []


def _plain(picture: Any) -> Any:
    """A frame in one of three modes: grey, colour, and colour with transparency."""
    if picture.mode in ("L", "1", "I;16", "I", "F"):
        return picture.convert("L") if picture.mode in ("L", "1") else picture
    transparent = "A" in picture.mode or "transparency" in picture.info
    return picture.convert("RGBA" if transparent else "RGB")


def _decoded(text: str) -> bytes:
    clean = re.sub(r"[\\\s]", "", text)
    try:
        return base64.b64decode(clean + "=" * (-len(clean) % 4))
    except ValueError:
        return clean.encode()


def _without_names(markup: str) -> str:
    """Markup whose identifiers are numbered: they may be random, and no reader sees them."""
    names = dict.fromkeys(re.findall(r'\bid="([^"]+)"', markup))
    for number, name in enumerate(names):
        markup = re.sub(rf'(?<=["#]){re.escape(name)}(?=["\)])', str(number), markup)
    return markup


def _tag(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _is_text(node: ElementTree.Element) -> bool:
    return _tag(node) in ("text", "title", "desc")
