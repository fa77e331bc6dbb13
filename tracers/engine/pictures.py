"""Pictures as input tensors: decode, crop, resize, normalise, lay out."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from typing import Any

from ..protocol.input_forms import FromFile, dtype_name
from ..protocol.refusal import Refusal
from .lib import Array, np
from .png import PngError, decode_png

_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_STD = np.array([0.229, 0.224, 0.225], np.float32)
_KEYS = ("resize", "crop", "normalise", "layout", "channels", "dtype")
_SCALES = ("imagenet", "0..1", "-1..1", "none")


def read_picture(form: FromFile, auto: str, defaults: dict[str, Any]) -> tuple[Array, str]:
    """One picture as a batch of one, and its dtype.

    Options: resize=HxW or the shorter side, crop=HxW or a square's side (of the middle),
    normalise=imagenet|0..1|-1..1|none, layout=nchw|nhwc|auto, channels=1|3, dtype. They are
    applied in this order: resize, crop, normalise. `auto` is the framework's own layout.
    Raises Refusal "bad-input".
    """
    options = _options(form, defaults)
    pixels = _channels(_decode(form), options.get("channels", ""), form.path)
    if "resize" in options:
        pixels = _resized(pixels, _extent(options["resize"], pixels.shape, "resize", False))
    if "crop" in options:
        pixels = _cropped(pixels, _extent(options["crop"], pixels.shape, "crop", True), form.path)
    pixels = _normalised(pixels, options.get("normalise", "0..1"))
    layout = options.get("layout", "auto").lower()
    if layout == "auto":
        layout = auto
    if layout not in ("nchw", "nhwc"):
        raise Refusal("bad-input", f'layout is nchw, nhwc or auto, not "{layout}".')
    if layout == "nchw":
        pixels = pixels.transpose(2, 0, 1)
    dtype = dtype_name(options.get("dtype", "float32"))
    if not dtype:
        raise Refusal("bad-input", f'"{options["dtype"]}" is no dtype.')
    return np.ascontiguousarray(pixels[None]), dtype


def _options(form: FromFile, defaults: dict[str, Any]) -> dict[str, str]:
    options: dict[str, str] = {}
    given = [(str(key), str(value)) for key, value in defaults.items() if value not in (None, "")]
    for key, value in [*given, *form.options]:
        key = {"normalize": "normalise"}.get(key.lower(), key.lower())
        if key not in _KEYS:
            raise Refusal(
                "bad-input", f'A picture has no option "{key}"; there are {", ".join(_KEYS)}.'
            )
        options[key] = value
    for word in form.words:
        if not dtype_name(word):
            raise Refusal(
                "bad-input", f'"{word}" after {form.path} is no option; write resize=224x224.'
            )
        options["dtype"] = word
    return options


def _decode(form: FromFile) -> Array:
    """Array (height, width, channels) from 0 to 255."""
    with open(form.path, "rb") as file:
        data = file.read()
    if data[:3] == b"\xff\xd8\xff":
        return _decode_jpeg(data, form.path)
    try:
        picture = decode_png(data)
    except PngError as error:
        raise Refusal(
            "bad-input", f"{form.path} could not be read as a picture: {error}."
        ) from error
    scale = 255.0 / 65535.0 if picture.dtype == np.uint16 else 1.0
    return picture.astype(np.float32) * np.float32(scale)


def _decode_jpeg(data: bytes, path: str) -> Array:
    try:
        pixels = _jpeg_pixels(data)
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        raise Refusal("bad-input", f"{path} could not be read as a picture: {first}.") from error
    if pixels is None:
        raise Refusal(
            "bad-input",
            f"{path} is a JPEG, which needs Pillow, torchvision or TensorFlow in the model's "
            "interpreter; save it as PNG, or install pillow.",
        )
    return pixels.astype(np.float32)


def _jpeg_pixels(data: bytes) -> Array | None:
    tensorflow: Any = sys.modules.get("tensorflow")
    if tensorflow is not None:
        return tensorflow.io.decode_jpeg(data).numpy()
    if importlib.util.find_spec("PIL") is not None:
        image: Any = importlib.import_module("PIL.Image")
        with image.open(importlib.import_module("io").BytesIO(data)) as opened:
            array: Array = np.asarray(opened.convert("L" if opened.mode == "L" else "RGB"))
            return array[:, :, None] if array.ndim == 2 else array
    if importlib.util.find_spec("torchvision") is not None:
        torch: Any = importlib.import_module("torch")
        vision: Any = importlib.import_module("torchvision.io")
        raw = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        return vision.decode_jpeg(raw).permute(1, 2, 0).numpy()
    return None


def _channels(pixels: Array, wanted: str, path: str) -> Array:
    """Colour without alpha; one channel where asked for."""
    if wanted not in ("", "1", "3"):
        raise Refusal("bad-input", f'channels is 1 or 3, not "{wanted}", for {path}.')
    count = pixels.shape[2]
    colour = pixels[:, :, : count - 1] if count in (2, 4) else pixels
    if wanted == "1" and colour.shape[2] == 3:
        weights = np.array([0.299, 0.587, 0.114], np.float32)
        return (colour @ weights)[:, :, None]
    if wanted != "1" and colour.shape[2] == 1:
        return np.repeat(colour, 3, axis=2)
    return colour


def _extent(text: str, shape: tuple[int, ...], key: str, square: bool) -> tuple[int, int]:
    """(height, width) asked for; one number is a square's side, or the shorter side."""
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", text)
    if match is None or "0" in (match[1], match[2]):
        raise Refusal(
            "bad-input", f'{key} is written 224x224 (height x width) or 224, not "{text}".'
        )
    first = int(match[1])
    if match[2] is not None:
        return first, int(match[2])
    if square:
        return first, first
    height, width = shape[0], shape[1]
    if height <= width:
        return first, max(round(width * first / height), 1)
    return max(round(height * first / width), 1), first


def _resized(pixels: Array, size: tuple[int, int]) -> Array:
    """Linear interpolation; where it shrinks, averaged over the pixels that fall together."""
    rows = _weights(pixels.shape[0], size[0])
    columns = _weights(pixels.shape[1], size[1])
    tall = np.tensordot(rows, pixels, axes=(1, 0))
    wide = np.tensordot(tall, columns, axes=(1, 1))  # (height, channels, width)
    return wide.transpose(0, 2, 1).astype(np.float32)


def _weights(old: int, new: int) -> Array:
    """(new, old) rows of a triangle filter as wide as one new pixel, or one old one if larger."""
    scale = old / new
    reach = max(scale, 1.0)
    centres = (np.arange(new) + 0.5) * scale
    distance = np.abs(np.arange(old)[None, :] + 0.5 - centres[:, None]) / reach
    weights = np.clip(1.0 - distance, 0.0, None)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _cropped(pixels: Array, size: tuple[int, int], path: str) -> Array:
    height, width = pixels.shape[0], pixels.shape[1]
    if size[0] > height or size[1] > width:
        raise Refusal(
            "bad-input",
            f"{path} is {height}x{width} by then, too small for crop={size[0]}x{size[1]}.",
        )
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    return pixels[top : top + size[0], left : left + size[1]]


def _normalised(pixels: Array, scale: str) -> Array:
    if scale == "none":
        return pixels
    if scale == "0..1":
        return pixels / np.float32(255)
    if scale == "-1..1":
        return pixels / np.float32(127.5) - np.float32(1)
    if scale == "imagenet":
        if pixels.shape[2] != 3:
            raise Refusal("bad-input", "normalise=imagenet needs three channels.")
        return (pixels / np.float32(255) - _MEAN) / _STD
    raise Refusal("bad-input", f'normalise is {", ".join(_SCALES)}, not "{scale}".')
