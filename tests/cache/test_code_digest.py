"""Digests of the source change when the code does, and tell which code that is."""

from pathlib import Path

import pytest

from cnnbook.cache import code_digest


def test_the_source_digest_follows_the_code_and_not_its_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_digest, "PACKAGE", tmp_path)
    module = tmp_path / "module.py"
    module.write_text("def f(x):\n    return x + 1\n")
    before = code_digest.source_digest()
    module.write_text("def f(x):  # adds one\n\n    return (x +\n        1)\n")
    assert code_digest.source_digest() == before
    module.write_text('"""M."""\ndef f(x):\n    """One more."""\n    return x + 1\n')
    assert code_digest.source_digest() == before, "docstrings do not count"
    module.write_text("def f(x):\n    return x - 1\n")
    assert code_digest.source_digest() != before
    assert code_digest.source_digest("module.py") == code_digest.source_digest()
    with pytest.raises(FileNotFoundError, match=r"no module 'absent\.py'"):
        code_digest.source_digest("absent.py")


def test_imported_code_follows_imports_at_any_depth_and_not_package_registries() -> None:
    found = code_digest.imported_code("models/lenet5.py")
    assert {"models/lenet5_codes.py", "layers/__init__.py", "layers/connection_table.py"} <= set(
        found
    )
    assert "models/__init__.py" not in found
    assert "models/mlp.py" not in found
    trained = code_digest.imported_code("training")
    assert {
        "datasets/batches.py",
        "device.py",
        "training/losses.py",
        "datasets/imageset.py",
    } <= set(trained)
    with pytest.raises(FileNotFoundError, match="no module 'absent'"):
        code_digest.imported_code("absent")
