"""The command line: exit status, one line for an expected error, nothing heavy before it is due."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import cnnbook
from cnnbook import datasets, device
from cnnbook.cli import environment
from cnnbook.cli.main import main


def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cnnbook", *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNBOOK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CNNBOOK_PAGES", str(tmp_path / "pages"))
    monkeypatch.delenv("CNNBOOK_FALLBACK", raising=False)
    monkeypatch.delenv("CI", raising=False)


def raising(error: BaseException) -> Callable[..., int]:
    def fails(*arguments: object, **named: object) -> int:
        raise error

    return fails


# Use


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"cnnbook {cnnbook.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["info", "--help"], ["data", "--help"], ["data", "fetch", "-h"], ["accept", "-h"]],
    ids=" ".join,
)
def test_help_is_shown_for_every_command(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    assert "usage: cnnbook" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "COMMAND"),
        (["frobnicate"], "frobnicate"),
        (["data"], "ACTION"),
        (["data", "fetch"], "NAME"),
        (["data", "fetch", "mnits"], "mnist"),
        (["data", "fetch", "mnist", "fashion-mnist"], "fashion-mnist"),
        (["info", "--loud"], "--loud"),
    ],
    ids=str,
)
def test_wrong_use_ends_with_status_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    captured = capsys.readouterr()
    assert complaint in captured.err
    assert captured.out == ""


def test_a_data_set_that_there_is_not_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["data", "fetch", "minst"])
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert "there is no data set 'minst'" in told
    assert all(name in told for name in datasets.names())


def test_help_and_version_import_nothing_heavy() -> None:
    code = (
        "import sys\nfrom cnnbook.cli.main import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit as end:\n"
        "    print(end.code, [m for m in ('torch', 'numpy', 'matplotlib') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "0 []"


def test_the_package_runs_as_a_module() -> None:
    result = run("--version")
    assert (result.returncode, result.stdout) == (0, f"cnnbook {cnnbook.__version__}\n")


# Errors

EXPECTED = [
    datasets.DataError("the file is damaged"),
    datasets.DataUnreachable("no server hands it out"),
    device.DeviceError("the device is not there"),
    PermissionError(13, "Permission denied", "/some/where"),
]


@pytest.mark.parametrize("error", EXPECTED, ids=lambda error: type(error).__name__)
def test_an_expected_error_is_one_line_and_status_1(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(datasets, "fetch_named", raising(error))
    assert main(["data", "fetch", "mnist"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("cnnbook: ")
    assert captured.err.count("\n") == 1
    assert str(error) in captured.err


def test_an_unexpected_error_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "fetch_named", raising(ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError):
        main(["data", "fetch", "mnist"])


@pytest.mark.parametrize("arguments", [["info"], ["data", "fetch", "mnist"]], ids=" ".join)
def test_packages_that_do_not_fit_are_named_before_anything_is_imported(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "installed_versions", lambda: {"torchvision": "0.29.2"})
    monkeypatch.setitem(sys.modules, "cnnbook.datasets", None)  # importing it is an ImportError
    assert main(arguments) == 1
    assert capsys.readouterr().err.startswith("cnnbook: torch is not installed; run: pip install")


def test_an_interruption_is_one_line_and_status_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(datasets, "fetch_named", raising(KeyboardInterrupt()))
    assert main(["data", "fetch", "mnist"]) == 130
    assert capsys.readouterr().err == "cnnbook: interrupted\n"


def test_an_interruption_while_torch_is_imported_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "check_torch_pair", raising(KeyboardInterrupt()))
    assert main(["info"]) == 130
    assert capsys.readouterr().err == "cnnbook: interrupted\n"


# cnnbook info


def test_info_shows_versions_device_folders_and_data_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)  # its import takes seconds
    monkeypatch.setattr("socket.getaddrinfo", None)
    monkeypatch.setattr("socket.create_connection", None)
    assert main(["info"]) == 0
    shown = capsys.readouterr().out
    versions = environment.installed_versions()
    for part in (
        cnnbook.__version__,
        f"torch {versions['torch']}",
        f"torchvision {versions['torchvision']}",
        device.describe_device(device.choose_device()),
        str(tmp_path / "data"),
        str(tmp_path / "cache"),
        "mnist: absent",
        "fashion-mnist: absent",
        "digits: embedded",
    ):
        assert part in shown
    assert not any(tmp_path.iterdir())  # asking changes nothing


def test_info_names_data_that_are_damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in datasets.idx.SOURCES["mnist"].md5:
        (raw / name).write_bytes(b"half a fi")
    assert main(["info"]) == 0
    assert "  mnist: damaged" in capsys.readouterr().out


# cnnbook data fetch


def test_the_digits_need_no_fetching(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "fetch", "digits"]) == 0
    assert "nothing to fetch" in capsys.readouterr().out


def test_fetching_says_where_the_data_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, Path | None]] = []

    def fetch_named(name: str, root: Path | None = None) -> Path:
        asked.append((name, root))
        return datasets.data_folder(root) / "MNIST" / "raw"

    monkeypatch.setattr(datasets, "fetch_named", fetch_named)
    assert main(["data", "fetch", "mnist"]) == 0
    assert capsys.readouterr().out == f"mnist is in {tmp_path / 'data' / 'MNIST' / 'raw'}\n"
    assert main(["data", "fetch", "mnist", "--root", str(tmp_path / "else")]) == 0
    assert capsys.readouterr().out == f"mnist is in {tmp_path / 'else' / 'MNIST' / 'raw'}\n"
    assert asked == [("mnist", None), ("mnist", tmp_path / "else")]


def test_a_folder_that_is_a_file_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("not a folder")
    for arguments in (["data", "fetch", "mnist"], ["info"]):
        assert main(arguments) == 1
        error = capsys.readouterr().err
        assert error.startswith(f"cnnbook: the data folder {tmp_path / 'data'} is a file")
        assert error.count("\n") == 1


@pytest.mark.slow
def test_without_a_network_fetching_fails_with_one_line_and_no_traceback(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"  # the proxy of a machine without a network: nobody listens
    result = run("data", "fetch", "mnist", http_proxy=nowhere, https_proxy=nowhere, no_proxy="")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("cnnbook: mnist is not in ")
    assert "refused" in result.stderr
    assert result.stderr.count("\n") == 1


# cnnbook accept

PAGE = """\
---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---
# What is one and one?

```{code-cell} python
print(1 + 1)
```

```{output}
3
```
"""


@pytest.mark.slow
def test_accepting_rewrites_what_differs_and_twice_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert main(["accept", str(page)]) == 0
    assert page.read_text() == PAGE.replace("\n3\n", "\n2\n")
    assert f"{page}:" in capsys.readouterr().out
    assert main(["accept", str(page)]) == 0
    assert page.read_text() == PAGE.replace("\n3\n", "\n2\n")
    assert capsys.readouterr().out == ""


def test_nothing_is_accepted_in_continuous_integration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert main(["accept", str(page)]) == 1
    assert page.read_text() == PAGE
    assert "CI" in capsys.readouterr().err


def test_a_page_that_is_refused_is_one_line_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused, plain = tmp_path / "refused.md", tmp_path / "plain.md"
    refused.write_text("```{code-cell} ipython3\n1\n```\n")
    plain.write_text("# No cells\n")
    assert main(["accept", str(refused), str(plain)]) == 1
    error = capsys.readouterr().err
    assert "refused.md:1" in error
    assert "is not how a cell is written" in error
    assert error.count("\n") == 1


def test_without_the_books_packages_accepting_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "nbclient", None)
    assert main(["accept", "page.md"]) == 1
    assert "nbclient is not installed; run: pip install 'cnnbook[book]'" in capsys.readouterr().err


def test_a_page_that_is_not_there_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["accept", str(tmp_path / "none.md")]) == 1
    error = capsys.readouterr().err
    assert "none.md" in error
    assert error.count("\n") == 1


def test_accepting_all_pages_outside_the_book_is_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["accept"]) == 2
    assert "book" in capsys.readouterr().err
