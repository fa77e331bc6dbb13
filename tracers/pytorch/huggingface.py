"""Model folders as Hugging Face writes them, through the user's own transformers package."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
from typing import Any, cast

from ..engine.backend import Inputs, LoadOptions, Progress
from ..protocol.refusal import Refusal
from .lib import torch

_WEIGHTS = (".safetensors", ".bin", ".index.json")
_TOKENS = 16
_SECONDS = 1


def open_folder(path: str, options: LoadOptions, progress: Progress) -> Any:
    """The model of a folder with a config.json, with its weights or with random ones.

    Raises Refusal: no such folder, transformers missing, or code of the folder's own that would
    have to run.
    """
    path = os.path.abspath(path)
    config = _read_config(path)
    if importlib.util.find_spec("transformers") is None:
        raise Refusal(
            "no-package",
            f"{os.path.basename(path)} is a Hugging Face model; install transformers in this"
            " Python to open it.",
        )
    if config.get("auto_map") and not options.trusted:
        raise Refusal(
            "not-trusted",
            f"{os.path.basename(path)} brings Python code of its own; open it as trusted if you"
            " trust where it comes from.",
        )
    progress("Importing transformers")
    transformers: Any = importlib.import_module("transformers")
    kind = _model_class(transformers, config)
    try:
        if _has_weights(path):
            progress("Reading weights")
            model = kind.from_pretrained(
                path, local_files_only=True, trust_remote_code=options.trusted
            )
        else:
            progress("Making random weights")
            shape = transformers.AutoConfig.from_pretrained(
                path, local_files_only=True, trust_remote_code=options.trusted
            )
            torch.manual_seed(0)
            made = getattr(kind, "from_config", None)
            model = kind(shape) if made is None else made(shape)
    except Exception as error:  # a configuration can be wrong in any way
        words = " ".join(str(error).split("\n")[0].split()).rstrip(".")
        raise Refusal(
            "bad-artefact", f"transformers cannot open {os.path.basename(path)}: {words}."
        ) from error
    return model.eval()


def example_inputs(model: Any) -> Inputs | None:
    """Made-up inputs of the kind that a transformers model takes; None for another model."""
    config: Any = getattr(model, "config", None)
    main = getattr(model, "main_input_name", None)
    if config is None or not isinstance(main, str):
        return None
    generator = torch.Generator().manual_seed(0)
    vocabulary = getattr(config, "vocab_size", None)
    if getattr(config, "vision_config", None) is not None:
        main = "pixel_values"
    if main == "input_ids" and isinstance(vocabulary, int):
        tokens = torch.randint(0, vocabulary, (1, _TOKENS), generator=generator)
        named: dict[str, object] = {"input_ids": tokens}
        if getattr(config, "is_encoder_decoder", False):
            named["decoder_input_ids"] = tokens[:, :8].clone()
        return (), named
    if main == "pixel_values":
        vision: Any = getattr(config, "vision_config", config)
        size = getattr(vision, "image_size", 224)
        height, width = cast("list[int]", size) if isinstance(size, list) else (size, size)
        channels = getattr(vision, "num_channels", 3)
        image = torch.randn(1, channels, height, width, generator=generator)
        return (), {**_text_beside(config, generator), "pixel_values": image}
    if main == "input_features":
        frames = 2 * getattr(config, "max_source_positions", 500)
        bands = getattr(config, "num_mel_bins", 80)
        first = torch.full((1, 1), getattr(config, "decoder_start_token_id", None) or 0)
        features = torch.randn(1, bands, frames, generator=generator)
        return (), {"input_features": features, "decoder_input_ids": first}
    if main == "input_values":
        return (), {"input_values": torch.randn(1, 16_000 * _SECONDS, generator=generator)}
    given: Any = getattr(model, "dummy_inputs", None)
    return ((), cast("dict[str, object]", given)) if isinstance(given, dict) else None


def _text_beside(config: Any, generator: Any) -> dict[str, object]:
    """Tokens for a model of pictures and text."""
    vocabulary = getattr(getattr(config, "text_config", None), "vocab_size", None)
    if not isinstance(vocabulary, int):
        return {}
    return {"input_ids": torch.randint(0, vocabulary, (1, _TOKENS), generator=generator)}


def _read_config(path: str) -> dict[str, Any]:
    file = os.path.join(path, "config.json")
    if not os.path.isfile(file):
        raise Refusal(
            "bad-artefact",
            f"{os.path.basename(path)} has no config.json, so it is no model folder.",
        )
    try:
        with open(file, encoding="utf-8") as text:
            found = json.load(text)
    except (OSError, ValueError) as error:
        raise Refusal("bad-artefact", f"{file} cannot be read: {error}.") from error
    if not isinstance(found, dict):
        raise Refusal("bad-artefact", f"{file} is not a model's configuration.")
    return cast("dict[str, Any]", found)


def _model_class(transformers: Any, config: dict[str, Any]) -> Any:
    for name in config.get("architectures") or ():
        found = getattr(transformers, str(name), None)
        if found is not None:
            return found
    return transformers.AutoModel


def _has_weights(path: str) -> bool:
    return any(name.endswith(_WEIGHTS) for name in os.listdir(path))
