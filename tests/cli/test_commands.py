"""``cnnbook train``, ``evaluate`` and ``predict``: what a user types, and what comes."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from cnnbook import datasets
from cnnbook.cli.main import main
from cnnbook.models.lenet5 import MEAN_STD
from cnnbook.training import CheckpointError, TrainConfig, read_checkpoint
from cnnbook.training.trained_folder import open_folder, train_in_folder

TRAIN = ["train", "--model", "mlp", "--data", "digits", "--device", "cpu"]
Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small network that knows its digits."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    config = TrainConfig(epochs=4, batch_size=32, lr=0.01, schedule="one-cycle", device="cpu")
    train_in_folder(folder, "note-000", "digits", config)
    return folder


def test_training_leaves_history_configuration_and_checkpoint(
    tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "run"
    settings = ["--epochs", "2", "--batch-size", "128", "--betas", "0.8", "0.9", "--normalize"]
    assert main([*TRAIN, *settings, "--validation", "100", "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    number = r"\d\.\d{4}"
    one = (
        rf"epoch \d/2: loss {number}, accuracy {number}, "
        rf"validation loss {number}, accuracy {number}, \d+\.\d s"
    )
    assert all(re.fullmatch(one, line) for line in lines[:2])
    assert lines[2:] == [f"trained for 2 epochs; everything is in {out}"]
    about = json.loads((out / "run.json").read_text())
    assert (about["model"], about["data"]) == ("mlp", "digits")
    config = TrainConfig.from_dict(about["config"])
    assert config.betas == (0.8, 0.9)
    assert (config.epochs, config.batch_size, config.normalize) == (2, 128, True)
    assert len(json.loads((out / "history.json").read_text())["epochs"]) == 2
    assert read_checkpoint(out / "checkpoint.pt")["finished"]


def test_a_resumed_training_knows_what_it_was(tmp_path: Path, capsys: Captured) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert main([*TRAIN, "--epochs", "3", "--out", str(first)]) == 0
    assert main([*TRAIN, "--epochs", "2", "--out", str(second)]) == 0
    assert main(["train", "--out", str(second), "--resume", "--epochs", "3"]) == 0
    assert "epoch 3/3" in capsys.readouterr().out
    ours, theirs = (read_checkpoint(each / "checkpoint.pt") for each in (first, second))
    for name, weight in ours["weights"].items():
        assert torch.equal(weight, theirs["weights"][name])
    assert main(["train", "--out", str(second), "--resume"]) == 0, "3 epochs are its setting now"


def test_every_setting_has_a_flag_with_its_meaning_and_default(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        main(["train", "--help"])
    assert end.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for field in fields(TrainConfig):
        flag = re.escape("--" + field.name.replace("_", "-"))
        assert re.search(rf"{flag}[ ,].{{15,400}}\(default: ", shown), field.name


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--lr", "-1"], "lr must be positive and finite, not -1.0"),
        (["--epochs", "0"], "epochs must be at least 1, not 0"),
        (["--epochs", "many"], "invalid int value: 'many'"),
        (["--optimizer", "rmsprop"], "'rmsprop'"),
        (["--model", "lenet6"], "'lenet6'"),
        (["--betas", "0.9"], "expected 2 arguments"),
        (["--fast"], "--fast"),
    ],
)
def test_wrong_use_ends_with_status_2_and_trains_nothing(
    arguments: list[str], complaint: str, tmp_path: Path, capsys: Captured
) -> None:
    with pytest.raises(SystemExit) as end:
        main([*TRAIN, "--out", str(tmp_path / "run"), *arguments])
    assert end.value.code == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("missing", ["--model", "--data", "--out"])
def test_what_is_needed_is_named(missing: str, tmp_path: Path, capsys: Captured) -> None:
    arguments = [*TRAIN, "--out", str(tmp_path / "run")]
    place = arguments.index(missing)
    with pytest.raises(SystemExit) as end:
        main(arguments[:place] + arguments[place + 2 :])
    assert end.value.code == 2
    assert missing in capsys.readouterr().err


def one_line(capsys: Captured) -> str:
    """The error, which has to be one line."""
    error = capsys.readouterr().err
    assert error.startswith("cnnbook: ")
    assert error.count("\n") == 1
    return error


def test_expected_failures_are_one_line_and_status_1(
    trained: Path, tmp_path: Path, capsys: Captured
) -> None:
    nothing = str(tmp_path / "nothing")
    for command in (["evaluate", nothing], ["predict", nothing, "x.png"]):
        assert main(command) == 1
        assert "holds no training: there is no run.json" in one_line(capsys)
    assert main(["train", "--out", nothing, "--resume"]) == 1
    assert "holds no training" in one_line(capsys)
    assert main([*TRAIN, "--out", str(trained)]) == 1
    assert "holds a training; go on with it by --resume" in one_line(capsys)
    assert main(["train", "--out", str(trained), "--resume", "--lr", "0.5"]) == 1
    assert "was trained with lr=0.01, not 0.5" in one_line(capsys)
    bad = [*TRAIN, "--optimizer", "sgd", "--lr", "1e30", "--out", str(tmp_path / "bad")]
    assert main(bad) == 1
    assert "try a tenth of the learning rate" in one_line(capsys)
    assert main([*TRAIN, "--device", "cuda:77", "--out", str(tmp_path / "gpu")]) == 1
    assert "the device 'cuda:77' is not there" in one_line(capsys)


def test_going_on_with_another_model_is_wrong_use(trained: Path, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        main(["train", "--out", str(trained), "--resume", "--model", "mlp"])
    assert end.value.code == 2
    assert "holds a training of note-000" in capsys.readouterr().err


def test_a_folder_that_was_not_made_by_name_is_said(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"config": {}}')
    with pytest.raises(CheckpointError, match="does not say which model was trained"):
        open_folder(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"run\.json cannot be read"):
        open_folder(tmp_path)


def changed(about: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {name: value for name, value in (about | values).items() if value is not LEFT_OUT}


LEFT_OUT = object()
WRONG_DESCRIPTIONS: dict[str, tuple[Any, str]] = {
    "null": (lambda about: None, "which model was trained"),
    "a list": (lambda about: [1], "which model was trained"),
    "a model of two": (lambda about: changed(about, model=["mlp", "mlp"]), "which model"),
    "data unsaid": (lambda about: changed(about, data=LEFT_OUT), "which data it was trained on"),
    "no shape": (lambda about: changed(about, shape=LEFT_OUT), "how large its images are"),
    "a flat shape": (lambda about: changed(about, shape=[28, 28]), "how large its images are"),
    "a huge shape": (lambda about: changed(about, shape=[1, 9**9, 9]), "how large its images"),
    "another shape": (lambda about: changed(about, shape=[1, 7, 9]), "does not fit note-000"),
    "config a number": (lambda about: changed(about, config=3), "which config"),
    "classes a word": (lambda about: changed(about, classes="ten"), "which classes there are"),
    "too few classes": (
        lambda about: changed(about, classes=["0", "1"]),
        "does not fit note-000 with 2 classes",
    ),
    "no mean": (lambda about: changed(about, mean_std=LEFT_OUT), "how images were normalised"),
    "a mean alone": (lambda about: changed(about, mean_std=[0.1]), "how images were normalised"),
    "no deviation": (lambda about: changed(about, mean_std=[0.1, 0]), "how images were normalised"),
    "words": (lambda about: changed(about, mean_std=["0.1", "1"]), "how images were normalised"),
}


@pytest.mark.parametrize("name", WRONG_DESCRIPTIONS)
def test_a_description_that_is_wrong_is_one_line(
    name: str, trained: Path, tmp_path: Path, capsys: Captured
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    change, said = WRONG_DESCRIPTIONS[name]
    about = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(change(about)))
    for command in (["evaluate", str(folder)], ["predict", str(folder), "x.png"]):
        assert main(command) == 1
        assert re.search(said, one_line(capsys))


def test_a_folder_without_a_name_is_wrong_use(capsys: Captured) -> None:
    for command in ([*TRAIN, "--out", ""], ["evaluate", " "], ["predict", "", "x.png"]):
        with pytest.raises(SystemExit) as end:
            main(command)
        assert end.value.code == 2
        assert "its name is empty" in capsys.readouterr().err


def test_being_judged_on_other_data_is_told(
    trained: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = tuple("abcdefghij")
    digits = datasets.load("digits", "test")
    other = {
        "mnist": datasets.ImageSet(
            "mnist", "test", digits.images, digits.labels, digits.class_names
        ),
        "fashion-mnist": datasets.ImageSet(
            "fashion-mnist", "test", digits.images, digits.labels, names
        ),
    }
    monkeypatch.setattr(datasets, "load", lambda name, split: other[name])
    assert main(["evaluate", str(trained), "--data", "mnist"]) == 0
    assert capsys.readouterr().out.startswith("the model was trained on digits\nnote-000 on mnist")
    assert main(["evaluate", str(trained), "--data", "fashion-mnist"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "the model was trained on digits, whose classes are others"


def test_a_name_that_the_terminal_cannot_show_keeps_no_picture_from_being_read(
    trained: Path, tmp_path: Path
) -> None:
    pictures = [tmp_path / name for name in ("first.png", "sieben-\u4e03.png", "last.png")]
    for number, path in enumerate(pictures):
        photograph(path, number)
    result = subprocess.run(
        [sys.executable, "-m", "cnnbook", "predict", str(trained), *map(str, pictures)],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert (result.returncode, result.stderr) == (0, b"")
    lines = result.stdout.decode("ascii").splitlines()
    assert len(lines) == 3
    assert r"sieben-\u4e03.png: " in lines[1]


def test_a_reader_that_goes_ends_a_command_without_a_word(trained: Path, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    photograph(picture, 0)
    read, write = os.pipe()
    os.close(read)  # as `head` does after its last line
    result = subprocess.run(
        [sys.executable, "-m", "cnnbook", "predict", str(trained), *[str(picture)] * 3],
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert (result.returncode, result.stderr) == (141, b"")


def test_evaluation_says_model_data_and_figures(trained: Path, capsys: Captured) -> None:
    assert main(["evaluate", str(trained)]) == 0
    found = re.fullmatch(
        r"note-000 on digits, test: accuracy (0\.\d{4}), error (\d+\.\d\d) %, loss \d\.\d{4} "
        r"\(360 images\)\n",
        capsys.readouterr().out,
    )
    assert found is not None
    assert float(found[1]) > 0.9
    assert float(found[2]) == pytest.approx(100 * (1 - float(found[1])), abs=0.006)
    assert main(["evaluate", str(trained), "--split", "train"]) == 0
    assert "digits, train" in capsys.readouterr().out


def test_normalisation_is_remembered(tmp_path: Path, capsys: Captured) -> None:
    out = str(tmp_path / "run")
    assert main([*TRAIN, "--normalize", "--epochs", "3", "--out", out]) == 0
    found = open_folder(out)
    assert found.trainer.mean_std == datasets.load("digits").mean_std()
    assert main(["evaluate", out]) == 0
    assert float(re.findall(r"accuracy (0\.\d+)", capsys.readouterr().out)[-1]) > 0.85


def test_a_model_begins_with_the_settings_that_it_is_made_for(tmp_path: Path) -> None:
    command = [
        "train",
        "--model",
        "lenet5",
        "--data",
        "digits",
        "--epochs",
        "1",
        "--max-steps",
        "2",
    ]
    assert main([*command, "--out", str(tmp_path / "a")]) == 0
    config = json.loads((tmp_path / "a" / "run.json").read_text())["config"]
    assert (config["loss"], config["normalize"]) == ("discriminative", list(MEAN_STD))
    own = ["--loss", "cross-entropy", "--no-normalize"]
    assert main([*command, *own, "--out", str(tmp_path / "b")]) == 0
    config = json.loads((tmp_path / "b" / "run.json").read_text())["config"]
    assert (config["loss"], config["normalize"]) == ("cross-entropy", False)


def test_an_unfinished_training_is_judged_and_said_to_be_unfinished(
    trained: Path, tmp_path: Path, capsys: Captured
) -> None:
    content = read_checkpoint(trained / "checkpoint.pt") | {"finished": False}
    torch.save(content, tmp_path / "checkpoint.pt")
    (tmp_path / "run.json").write_bytes((trained / "run.json").read_bytes())
    assert main(["evaluate", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "the training has not ended: these are the weights after step 180" in said


def photograph(path: Path, place: int) -> int:
    """A digit as a dark drawing on a large light page; its label."""
    digits = datasets.load("digits", "test")
    grey = Image.fromarray(digits.images[place, 0].numpy()).resize((280, 280))
    page = Image.new("L", (600, 450), 235)
    page.paste(Image.eval(grey, lambda value: int(235 - 0.8 * value)), (200, 50))
    page.convert("RGB").save(path)
    return int(digits.labels[place])


def test_photographs_are_read(trained: Path, tmp_path: Path, capsys: Captured) -> None:
    paths = [tmp_path / f"{place}.{'jpg' if place % 2 else 'png'}" for place in range(20)]
    labels = [photograph(path, place) for place, path in enumerate(paths)]
    assert main(["predict", str(trained), *map(str, paths)]) == 0
    right = 0
    for line, path, label in zip(capsys.readouterr().out.splitlines(), paths, labels, strict=True):
        found = re.fullmatch(rf"{path}: (\d) \((\d+\.\d) %\), next (\d) \((\d+\.\d) %\)", line)
        assert found is not None
        assert float(found[2]) >= float(found[4])
        right += int(found[1]) == label
    assert right >= 15


def test_a_picture_that_cannot_be_read_is_named_and_the_others_are_read(
    trained: Path, tmp_path: Path, capsys: Captured
) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    photograph(good, 0)
    bad.write_text("no picture")
    assert main(["predict", str(trained), str(bad), str(good)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith(f"{good}: ")
    assert said.err.count("\n") == 1
    assert str(bad) in said.err


# On a terminal, and killed from outside.


def start_training(folder: Path, stderr: int) -> "subprocess.Popen[str]":
    arguments = ["--model", "note-003", "--epochs", "40", "--batch-size", "16", "--lr", "0.0001"]
    return subprocess.Popen(
        [sys.executable, "-m", "cnnbook", *TRAIN, *arguments, "--out", str(folder)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


@pytest.mark.slow
def test_a_terminal_shows_a_bar_and_ctrl_c_saves_and_says_how_to_go_on(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 120))
    process = start_training(tmp_path / "run", theirs)
    os.close(theirs)
    shown = ""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not re.search(r"epoch \d+:.*loss \d", shown):
        if select.select([ours], [], [], 1)[0]:
            shown += os.read(ours, 4096).decode()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    while select.select([ours], [], [], 0.2)[0]:
        try:
            shown += os.read(ours, 4096).decode()
        except OSError:  # the other end is closed
            break
    os.close(ours)
    assert process.returncode == 130, shown
    assert re.search(r"epoch \d+: +\d+%.*\d+/3600 \[\d+:\d+<.*loss \d\.\d{4}, acc 0\.\d{4}", shown)
    assert re.search(r"cnnbook: stopped after step \d+ of 3600 .*go on with --resume", shown)
    assert "Traceback" not in shown + out
    step = read_checkpoint(tmp_path / "run" / "checkpoint.pt")["place"]["step"]
    assert f"stopped after step {step} of 3600" in shown


@pytest.mark.slow
def test_a_log_gets_plain_lines_and_no_bar(tmp_path: Path) -> None:
    process = start_training(tmp_path / "run", subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("epoch 1/40: loss ")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "\r" not in out + err
    assert err.startswith("cnnbook: stopped after step ")
    assert err.count("\n") == 1
