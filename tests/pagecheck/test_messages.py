"""A mistake of an author is one sentence with page and line, the same from tests and build."""

import pytest

from pagecheck.encoding import ENCODING
from tests.pagecheck.conftest import HEAD, SmallBook

CELL = "```{code-cell} python\nprint(1)\n```\n"
WRONG = {
    "latin.md": (
        f"{HEAD}# Café\n\n{CELL}".encode("latin-1"),
        "latin.md:5: the page is not in UTF-8 (byte 0xe9); save it in that encoding",
    ),
    "mark.md": (
        f"\ufeff{HEAD}# Marked\n\n{CELL}\n```{{output}}\n2\n```\n".encode(),
        "mark.md:12: the output is not the recorded one",
    ),
    "ends.md": (
        f"{HEAD}# Ends\n\n{CELL}\n```{{output}}\n2\n```\n".replace("\n", "\r\n").encode(),
        "ends.md:12: the output is not the recorded one",
    ),
    "separator.md": (
        f"{HEAD}# Se\u2028parated\x0c\n\n{CELL}\n```{{output}}\n2\n```\n".encode(),
        "separator.md:12: the output is not the recorded one",
    ),
    "list.md": (
        f"{HEAD}# List\n\n1. item\n\n   ```{{code-cell}} python\n   print(1)\n   ```\n".encode(),
        "list.md:9: a cell in a list or another indented place is not run",
    ),
    "comment.md": (
        f"{HEAD}# Comment\n\n<!--\n{CELL}-->\n".encode(),
        "comment.md:8: a cell inside or right below an HTML comment is not seen",
    ),
    "settings.md": (
        f"{HEAD}# Settings\n\n{CELL}".replace("kernelspec", "pagecheck: {files: a}\nx").encode(),
        "settings.md:3: 'files' must be a list of names, as in 'files: [a]'",
    ),
}


@pytest.mark.slow
def test_each_mistake_is_told_with_page_and_line_by_the_build_and_by_the_tests(
    small_book: SmallBook,
) -> None:
    for name, (content, _) in WRONG.items():
        small_book.write(name, "").write_bytes(content)
    built, tested = small_book.build(), small_book.test()
    for told, output in ((built.returncode, built.stderr), (tested.returncode, tested.stdout)):
        assert told == 1
        assert "Traceback" not in output
        for _, message in WRONG.values():
            assert message in output
    assert f"{len(WRONG)} failed" in tested.stdout
    for name in WRONG:
        assert (small_book.folder / "_build/html/pages" / name).with_suffix(".html").is_file()


def test_the_encoding_reads_whatever_a_file_holds() -> None:
    assert b"\xef\xbb\xbfa\xe9".decode(ENCODING) == "a\ufffd"
    assert "é".encode(ENCODING).decode("utf-8-sig") == "é"
