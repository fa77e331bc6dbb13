"""What a spec names, and the sentences for those that name nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.protocol.spec import SpecKind, parse_spec, split_name


def touch(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")


@pytest.mark.parametrize(
    ("text", "kind", "name", "framework"),
    [
        ("net.py:Net", SpecKind.FILE, "Net", ""),
        ("net.py:zoo.Net", SpecKind.FILE, "zoo.Net", ""),
        ("net.py", SpecKind.FILE, "", ""),
        ("a.pt2", SpecKind.ARTEFACT, "", "torch"),
        ("a.PTH", SpecKind.ARTEFACT, "", "torch"),
        ("a.keras", SpecKind.ARTEFACT, "", "tensorflow"),
        ("saved", SpecKind.ARTEFACT, "", "tensorflow"),
        ("saved:serving_default", SpecKind.ARTEFACT, "serving_default", "tensorflow"),
        ("hub", SpecKind.ARTEFACT, "", "torch"),
        ("hub_tf", SpecKind.ARTEFACT, "", "tensorflow"),
        ("odd:dir/net.py:Net", SpecKind.FILE, "Net", ""),
    ],
)
def test_files_and_folders(tmp_path: Path, text: str, kind: SpecKind, name: str, framework: str):
    touch(tmp_path, "net.py", "a.pt2", "a.PTH", "a.keras", "saved/saved_model.pb", "odd:dir/net.py")
    touch(tmp_path, "hub/config.json", "hub/model.safetensors")
    touch(tmp_path, "hub_tf/config.json", "hub_tf/tf_model.h5")
    spec = parse_spec(text, str(tmp_path))
    assert (spec.kind, spec.name, spec.framework) == (kind, name, framework)
    assert Path(spec.where).is_absolute()
    assert Path(spec.where).exists()


def test_a_module_is_not_looked_for_while_parsing():
    spec = parse_spec("zoo.vision:build")
    assert (spec.kind, spec.where, spec.name) == (SpecKind.MODULE, "zoo.vision", "build")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "No model was named"),
        ("gone.py:Net", "There is no file or folder gone.py."),
        ("gone.py", "There is no file or folder gone.py."),
        ("no/such/folder", "There is no file or folder no/such/folder."),
        ("gone.keras", "There is no file or folder gone.keras."),
        ("resnet", '"resnet" names no file and no model'),
        ("what is this", "is not a model spec"),
        ("sample:nothing", 'There is no sample "nothing"'),
        ("net.onnx", "an ONNX model"),
        ("notes.txt", "no model that Opscope opens"),
        ("weights.safetensors", "weights without a model"),
        ("empty", "neither a saved_model.pb"),
    ],
)
def test_what_names_nothing_is_said_in_a_sentence(tmp_path: Path, text: str, words: str):
    touch(tmp_path, "net.onnx", "notes.txt", "weights.safetensors")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refusal) as caught:
        parse_spec(text, str(tmp_path))
    assert caught.value.code == "bad-spec"
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a.py:b", ("a.py", "b")),
        ("a.py:b.c", ("a.py", "b.c")),
        ("a.py", ("a.py", "")),
        ("a:1", ("a:1", "")),
        (":b", (":b", "")),
        ("x:y/a.py:b", ("x:y/a.py", "b")),
    ],
)
def test_the_name_stands_after_the_last_colon(text: str, parts: tuple[str, str]):
    assert split_name(text) == parts
