"""Text through the model's own tokenizer."""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any

from ..protocol.refusal import Refusal
from .backend import Loader
from .batches import Spread, to_tensors
from .lib import as_mapping, np
from .targets import Target
from .user_code import guarded

_NAMES = ("tokenizer", "tokenize", "encode")


def encode_text(text: str, target: Target, loader: Loader, where: str) -> Spread:
    """The tokens of a text, laid out over the model's parameters.

    Tokenizers are looked for in the Hugging Face folder `where`, on the model, and beside it in
    its module, under the names tokenizer, tokenize and encode. Raises Refusal "bad-input".
    """
    tokens = _hugging_face(text, where) if os.path.isdir(where) else _own(text, target)
    return to_tensors(_row(tokens), target, loader, cut=False)


def _hugging_face(text: str, folder: str) -> Any:
    if importlib.util.find_spec("transformers") is None:
        raise Refusal(
            "bad-input",
            "Text needs the package transformers in the model's interpreter; give the inputs as "
            "token numbers instead, like input_ids=[[464,3290]].",
        )
    transformers: Any = importlib.import_module("transformers")
    tokenizer = guarded(
        lambda: transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True),
        "The folder's tokenizer could not be read",
        "bad-input",
    )
    return guarded(
        lambda: dict(tokenizer(text, return_tensors="np")), "The text has no tokens", "bad-input"
    )


def _own(text: str, target: Target) -> Any:
    for name in _NAMES:
        found: Any = getattr(target.model, name, None)
        if found is None:
            found = target.module.get(name)
        if found is None:
            continue
        call = found.encode if hasattr(found, "encode") else found
        if callable(call):
            return guarded(lambda call=call: call(text), f"{name} refused the text", "bad-input")
    raise Refusal(
        "bad-input",
        "The model has no tokenizer (a function named tokenizer, tokenize or encode beside it); "
        "give its inputs as numbers instead.",
    )


def _row(tokens: Any) -> Any:
    """Token numbers as one batch row; what is a tensor already stays."""
    named = as_mapping(tokens)
    if named is not None:
        return {key: _row(value) for key, value in named.items()}
    if hasattr(tokens, "ids"):  # an Encoding of the package tokenizers
        tokens = tokens.ids
    if isinstance(tokens, (list, tuple)):
        array = np.asarray(tokens)
        return array[None] if array.ndim == 1 else array
    return tokens
