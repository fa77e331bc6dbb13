"""What a Python file offers to open, read off its text. The file is never run."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

_MODEL_BASES = {
    *("Module", "LightningModule", "PreTrainedModel", "Sequential", "ScriptModule"),
    *("Model", "Layer", "Functional"),
}
_MODEL_CALLS = _MODEL_BASES | {"from_pretrained", "load_model", "compile", "trace", "script"}
_FACTORY = re.compile(r"(build|make|create|get|load|new|sample|factory|net|model)(_|$)|.*_model$")
_PRIVATE = ("main", "test", "train", "evaluate", "fit", "parse_args", "plot")
_BIGGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A name that could be opened.

    Attributes:
        kind: "instance", "factory", "class", "tf.function" or "function".
        line: where it stands in the file.
        about: one short phrase for the user.
        inputs: names of the inputs of the model's call, as far as the text tells.
        given: its inputs come with it.
        score: the likelier, the higher; below 0 it cannot be opened by name alone.
    """

    name: str
    kind: str
    line: int
    about: str
    inputs: tuple[str, ...] = ()
    given: bool = False
    score: int = 0


@dataclass(frozen=True, slots=True)
class FileContents:
    """What was read.

    Attributes:
        frameworks: of "torch" and "tensorflow", those that the file imports.
        problem: a sentence where the file could not be read, "" otherwise.
    """

    entries: tuple[FileEntry, ...] = ()
    frameworks: frozenset[str] = frozenset()
    problem: str = ""


def read_entries(path: str) -> FileContents:
    """Names in a Python file, the likeliest first."""
    file = Path(path)
    try:
        if file.stat().st_size > _BIGGEST:
            return FileContents(problem=f"{file.name} is too large to look for models in it.")
        return entries_of(file.name, file.read_bytes())
    except OSError as error:
        return FileContents(problem=f"{file.name} could not be read: {error.strerror}.")


def entries_of(name: str, text: bytes) -> FileContents:
    """As `read_entries`, of what stands in a file of that name."""
    try:
        tree = ast.parse(text, filename=name)
    except SyntaxError as error:
        return FileContents(problem=f"{name}, line {error.lineno}: {error.msg}.")
    except (ValueError, RecursionError) as error:
        return FileContents(problem=f"{name} is no Python source: {error}.")
    return _Reader(tree).contents()


class _Reader:
    """One pass over a module's top level."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._classes: dict[str, ast.ClassDef] = {
            node.name: node for node in tree.body if isinstance(node, ast.ClassDef)
        }

    def contents(self) -> FileContents:
        """Everything found."""
        found: dict[str, FileEntry] = {}
        for node in self._tree.body:
            entry = self._entry(node)
            if entry is not None:
                found[entry.name] = entry
        ordered = sorted(found.values(), key=lambda entry: (-entry.score, entry.line))
        return FileContents(tuple(ordered), frozenset(self._frameworks()))

    def _frameworks(self) -> set[str]:
        roots: set[str] = set()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Import):
                roots.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                roots.add(node.module.partition(".")[0])
        torch = {"torch"} if roots & {"torch", "torchvision", "timm", "lightning"} else set[str]()
        return torch | ({"tensorflow"} if roots & {"tensorflow", "keras"} else set[str]())

    def _entry(self, node: ast.stmt) -> FileEntry | None:
        if isinstance(node, ast.ClassDef):
            return self._of_class(node)
        if isinstance(node, ast.FunctionDef):
            return self._of_function(node)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            return self._of_value(node.targets[0], node.value, node.lineno)
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            return self._of_value(node.target, node.value, node.lineno)
        return None

    def _of_class(self, node: ast.ClassDef) -> FileEntry | None:
        if not self._is_model(node, set()) or node.name.startswith("_"):
            return None
        missing = self._required(self._method(node, "__init__"))
        if missing:
            about = f"class, needs {', '.join(missing)}"
            return FileEntry(node.name, "class", node.lineno, about, score=-1)
        call = self._method(node, "forward") or self._method(node, "call")
        inputs = tuple(self._required(call))
        return FileEntry(node.name, "class", node.lineno, "class, made anew", inputs, score=20)

    def _is_model(self, node: ast.ClassDef, seen: set[str]) -> bool:
        if node.name in seen:
            return False
        for base in node.bases:
            name = _last(base)
            if name in _MODEL_BASES:
                return True
            parent = self._classes.get(name)
            if parent is not None and self._is_model(parent, seen | {node.name}):
                return True
        return False

    def _method(self, node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name == name:
                return item
        for base in node.bases:
            parent = self._classes.get(_last(base))
            if parent is not None and parent is not node:
                return self._method(parent, name)
        return None

    def _required(self, function: ast.FunctionDef | None) -> list[str]:
        """Parameters that must be given, "self" left out."""
        if function is None:
            return []
        plain = [*function.args.posonlyargs, *function.args.args]
        plain = plain[: len(plain) - len(function.args.defaults)]
        named = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
        names = [arg.arg for arg in plain] + [arg.arg for arg, value in named if value is None]
        return [name for name in names if name not in ("self", "cls", "training")]

    def _of_function(self, node: ast.FunctionDef) -> FileEntry | None:
        if node.name.startswith("_") or node.name.split("_")[0] in _PRIVATE:
            return None
        required = tuple(self._required(node))
        if any(_last(mark) == "function" for mark in node.decorator_list):
            about = "tf.function"
            return FileEntry(node.name, "tf.function", node.lineno, about, required, score=35)
        if required:
            about = f"function of {', '.join(required)}"
            return FileEntry(node.name, "function", node.lineno, about, required, score=5)
        score, given, inputs = self._as_factory(node)
        if score <= 0:
            return None
        about = "makes the model and its inputs" if given else "makes the model"
        return FileEntry(node.name, "factory", node.lineno, about, inputs, given, score)

    def _as_factory(self, node: ast.FunctionDef) -> tuple[int, bool, tuple[str, ...]]:
        """(how likely it makes a model, whether inputs come with it, names of the inputs)."""
        score = 30 if _FACTORY.match(node.name) else 0
        inputs: tuple[str, ...] = ()
        given = False
        if node.returns is not None and _last(node.returns) in self._model_names():
            score += 15
        for returned in (sub.value for sub in ast.walk(node) if isinstance(sub, ast.Return)):
            first = returned
            if isinstance(returned, ast.Tuple) and returned.elts:
                given, first = True, returned.elts[0]
            made = self._made_in(node, first)
            if made:
                score += 15
                inputs = self._call_inputs(made)
        return score, given and score > 0, inputs

    def _made_in(self, node: ast.FunctionDef, value: ast.expr | None) -> str:
        """The class or function that makes a returned value, "" if that is no model."""
        if isinstance(value, ast.Call):
            name = _last(value.func)
            if name in ("eval", "train", "to", "cuda", "double", "half", "float") and isinstance(
                value.func, ast.Attribute
            ):
                return self._made_in(node, value.func.value)
            return name if name in self._model_names() | _MODEL_CALLS else ""
        if isinstance(value, ast.Name):
            for sub in ast.walk(node):
                if isinstance(sub, ast.Assign) and isinstance(sub.value, ast.Call):
                    names = [_last(target) for target in sub.targets]
                    if value.id in names and isinstance(sub.value.func, (ast.Name, ast.Attribute)):
                        return self._made_in(node, sub.value)
        return ""

    def _model_names(self) -> set[str]:
        mine = {name for name, node in self._classes.items() if self._is_model(node, set())}
        return mine | _MODEL_BASES

    def _call_inputs(self, made: str) -> tuple[str, ...]:
        node = self._classes.get(made)
        if node is None:
            return ()
        return tuple(self._required(self._method(node, "forward") or self._method(node, "call")))

    def _of_value(self, target: ast.expr, value: ast.expr, line: int) -> FileEntry | None:
        if not isinstance(target, ast.Name) or target.id.startswith("_"):
            return None
        maker = value
        while isinstance(maker, ast.Call) and isinstance(maker.func, ast.Attribute):
            if _last(maker.func) not in ("eval", "train", "to", "cuda"):
                break
            maker = maker.func.value
        name = _last(maker.func) if isinstance(maker, ast.Call) else ""
        if name not in self._model_names() | _MODEL_CALLS:
            return None
        inputs = self._call_inputs(name)
        return FileEntry(target.id, "instance", line, f"made by {name}", inputs, score=40)


def _last(node: ast.expr) -> str:
    """The last part of a dotted name; of a call, the name called; "" for other expressions."""
    if isinstance(node, ast.Call):
        return _last(node.func)
    if isinstance(node, ast.Subscript):
        return _last(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.rpartition(".")[2]
    return node.id if isinstance(node, ast.Name) else ""
