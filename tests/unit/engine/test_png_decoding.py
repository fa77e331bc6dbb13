"""PNG files of every kind, written by an encoder of the test's own."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from opscope.tracers.engine.png import PngError, decode_png

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PASSES = (
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def predict(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 4:
        guess = left + above - corner
        return min((left, above, corner), key=lambda value: abs(guess - value))
    return (0, left, above, (left + above) // 2)[kind]


def filtered(lines: list[bytes], step: int, kinds: list[int]) -> bytes:
    """Each line filtered, one byte at a time, as the PNG specification words it."""
    out = bytearray()
    above = bytes(len(lines[0]))
    for line, kind in zip(lines, kinds, strict=True):
        out.append(kind)
        for at, byte in enumerate(line):
            left = line[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            out.append((byte - predict(kind, left, above[at], corner)) % 256)
        above = line
    return bytes(out)


def packed(pixels: np.ndarray, depth: int) -> list[bytes]:
    rows = pixels.reshape(pixels.shape[0], -1)
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in rows]
    if depth == 8:
        return [row.astype(np.uint8).tobytes() for row in rows]
    bits = (rows[:, :, None] >> np.arange(depth)[::-1]) & 1
    return [np.packbits(row.reshape(-1).astype(np.uint8)).tobytes() for row in bits]


def encode(
    pixels: np.ndarray,
    colour: int,
    depth: int,
    kinds: tuple[int, ...] = (0,),
    palette: bytes = b"",
    interlaced: bool = False,
) -> bytes:
    height, width = pixels.shape[:2]
    step = max(CHANNELS[colour] * depth // 8, 1)
    raw = b""
    for top, left, down, right in PASSES if interlaced else ((0, 0, 1, 1),):
        part = pixels[top::down, left::right]
        if part.size:
            lines = packed(part, depth)
            raw += filtered(lines, step, [kinds[row % len(kinds)] for row in range(len(lines))])
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    data = zlib.compress(raw)
    body = chunk(b"IHDR", header)
    if palette:
        body += chunk(b"PLTE", palette)
    middle = len(data) // 2
    body += chunk(b"IDAT", data[:middle]) + chunk(b"IDAT", data[middle:])
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def picture(height: int, width: int, channels: int, depth: int, seed: int = 1) -> np.ndarray:
    generator = np.random.default_rng(seed)
    smooth = np.add.outer(np.arange(height) * 3, np.arange(width) * 5)[:, :, None]
    noise = generator.integers(0, 40, (height, width, channels))
    return (smooth + noise) % (1 << depth)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(
    ("colour", "depth"),
    [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (4, 8), (4, 16), (6, 8), (6, 16)],
)
def test_every_colour_type_and_depth(colour: int, depth: int, interlaced: bool):
    pixels = picture(13, 11, CHANNELS[colour], depth)
    decoded = decode_png(encode(pixels, colour, depth, (0, 1, 2, 3, 4), interlaced=interlaced))
    assert decoded.dtype == (np.uint16 if depth == 16 else np.uint8)
    stretch = 255 // ((1 << depth) - 1) if depth < 8 else 1
    np.testing.assert_array_equal(decoded, pixels * stretch)


@pytest.mark.parametrize("kinds", [(1,), (2,), (3,), (4,), (4, 0, 3, 1, 2), (2, 4, 4, 1, 3, 3, 0)])
def test_every_filter(kinds: tuple[int, ...]):
    pixels = picture(17, 9, 3, 8, seed=2)
    np.testing.assert_array_equal(decode_png(encode(pixels, 2, 8, kinds)), pixels)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (7, 1), (3, 64), (64, 3)])
def test_every_proportion(height: int, width: int):
    pixels = picture(height, width, 4, 8)
    for interlaced in (False, True):
        data = encode(pixels, 6, 8, (4, 3), interlaced=interlaced)
        np.testing.assert_array_equal(decode_png(data), pixels)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_palette_is_looked_up(depth: int):
    colours = np.random.default_rng(3).integers(0, 256, (1 << depth, 3), np.uint8)
    indices = picture(6, 10, 1, depth)
    decoded = decode_png(encode(indices, 3, depth, (0, 2), palette=colours.tobytes()))
    np.testing.assert_array_equal(decoded, colours[indices[:, :, 0]])


def damaged(change: str) -> bytes:
    good = encode(picture(4, 4, 3, 8), 2, 8)
    if change == "signature":
        return b"GIF89a" + good
    if change == "short":
        return good[:60]
    if change == "checksum":
        at = good.index(b"IDAT") + 6
        return good[:at] + bytes([good[at] ^ 255]) + good[at + 1 :]
    if change == "filter":
        return encode(picture(4, 4, 3, 8), 2, 8, (0,)).replace(
            *(chunk_of_filters(kind) for kind in (0, 9))
        )
    if change == "format":
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 3, 2, 0, 0, 0))
    if change == "size":
        return b"\x89PNG\r\n\x1a\n" + chunk(
            b"IHDR", struct.pack(">IIBBBBB", 1 << 30, 1 << 30, 8, 2, 0, 0, 0)
        )
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b"")


def chunk_of_filters(kind: int) -> bytes:
    lines = packed(picture(4, 4, 3, 8), 8)
    raw = b"".join(bytes([kind]) + line for line in lines)
    data = zlib.compress(raw)
    middle = len(data) // 2
    return chunk(b"IDAT", data[:middle]) + chunk(b"IDAT", data[middle:])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("signature", "no PNG"),
        ("short", "too early"),
        ("checksum", "damaged"),
        ("filter", "unknown filter"),
        ("format", "unknown pixel format"),
        ("size", "out of bounds"),
        ("header", "no header"),
    ],
)
def test_damage_is_named(change: str, words: str):
    with pytest.raises(PngError, match=words):
        decode_png(damaged(change))


def test_pixels_beyond_the_announced_size_are_not_inflated():
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 0, 0, 0, 0))
    bomb = zlib.compress(b"\0\5\6" + bytes(1 << 24))
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", bomb) + chunk(b"IEND", b"")
    assert decode_png(data).reshape(-1).tolist() == [5, 6]
