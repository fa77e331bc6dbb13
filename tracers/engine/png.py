"""Decodes PNG files with zlib and NumPy alone: every colour type, bit depth and interlacing."""

from __future__ import annotations

import struct
import zlib

from .lib import Array, np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Adam7: first row, first column, row step, column step of each pass.
_PASSES = (
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
)
_LARGEST = 1 << 28  # pixels


class PngError(ValueError):
    """The bytes are no PNG that can be decoded; the message says why, without a full stop."""


def decode_png(data: bytes) -> Array:
    """Pixels (height, width, channels) as uint8, or uint16 where the file has 16 bits.

    Grey has 1 channel, grey with alpha 2, colour 3, colour with alpha 4. Grey below 8 bits is
    stretched to 0..255; a palette is looked up. Raises PngError.
    """
    header, palette, packed = _chunks(data)
    width, height, depth, colour, _, _, interlaced = header
    if colour not in _CHANNELS or depth not in _DEPTHS[colour] or interlaced > 1:
        raise PngError("its header names an unknown pixel format")
    if width == 0 or height == 0 or width * height > _LARGEST:
        raise PngError(f"its size of {width}x{height} is out of bounds")
    channels = _CHANNELS[colour]
    raw = _inflate(packed, _raw_size(width, height, channels * depth, bool(interlaced)))
    if interlaced:
        pixels = np.zeros((height, width, channels), np.uint16 if depth == 16 else np.uint8)
        for top, left, down, right in _PASSES:
            rows, columns = -(-(height - top) // down), -(-(width - left) // right)
            if rows > 0 and columns > 0:
                part, raw = _unpack(raw, rows, columns, channels, depth)
                pixels[top::down, left::right] = part
    else:
        pixels, _ = _unpack(raw, height, width, channels, depth)
    if colour == 3:
        return _looked_up(pixels, palette)
    if depth < 8:
        pixels = pixels * np.uint8(255 // ((1 << depth) - 1))
    return pixels


def _chunks(data: bytes) -> tuple[tuple[int, ...], bytes, bytes]:
    """(header fields, palette, compressed pixels)."""
    if not data.startswith(_SIGNATURE):
        raise PngError("it is no PNG file")
    header: tuple[int, ...] = ()
    palette = b""
    packed: list[bytes] = []
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + size]
        if len(body) < size or at + 12 + size > len(data):
            raise PngError("it ends too early")
        (check,) = struct.unpack_from(">I", data, at + 8 + size)
        if zlib.crc32(kind + body) != check:
            raise PngError(f"its part {kind.decode('latin-1')} is damaged")
        at += 12 + size
        if kind == b"IHDR" and size == 13:
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"PLTE":
            palette = body
        elif kind == b"IDAT":
            packed.append(body)
        elif kind == b"IEND":
            break
    if not header:
        raise PngError("it has no header")
    return header, palette, b"".join(packed)


def _raw_size(width: int, height: int, bits: int, interlaced: bool) -> int:
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    total = 0
    for top, left, down, right in passes:
        rows, columns = -(-(height - top) // down), -(-(width - left) // right)
        if rows > 0 and columns > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _inflate(packed: bytes, size: int) -> bytes:
    try:
        raw = zlib.decompressobj().decompress(packed, size)
    except zlib.error as error:
        raise PngError("its pixels are damaged") from error
    if len(raw) < size:
        raise PngError("it ends too early")
    return raw


def _unpack(raw: bytes, height: int, width: int, channels: int, depth: int) -> tuple[Array, bytes]:
    """Pixels of one pass, and the bytes after it."""
    step = max(channels * depth // 8, 1)  # bytes from one pixel to the next, for the filters
    line = (width * channels * depth + 7) // 8
    rows = np.frombuffer(raw, np.uint8, height * (line + 1)).reshape(height, line + 1)
    filtered = rows[:, 1:].reshape(height, line // step, step)
    plain = _unfiltered(rows[:, 0], filtered).reshape(height, line)
    if depth == 16:
        pixels: Array = np.ascontiguousarray(plain).view(">u2").astype(np.uint16)
    elif depth == 8:
        pixels = plain
    else:
        bits = np.unpackbits(plain, axis=1).reshape(height, -1, depth)
        weights = (1 << np.arange(depth)[::-1]).astype(np.uint8)
        pixels = (bits @ weights)[:, : width * channels].astype(np.uint8)
    return pixels.reshape(height, width, channels), raw[height * (line + 1) :]


def _looked_up(indices: Array, palette: bytes) -> Array:
    """Colours of a palette; indices past its end are black, as browsers show them."""
    table = np.zeros((256, 3), np.uint8)
    known = np.frombuffer(palette[: len(palette) // 3 * 3][:768], np.uint8).reshape(-1, 3)
    if not len(known):
        raise PngError("it has no palette")
    table[: len(known)] = known
    return table[indices[:, :, 0]]


def _unfiltered(kinds: Array, filtered: Array) -> Array:
    """Undo the row filters.

    A pixel needs those to its left, above, and above left. Where a row's filter allows, it is
    done whole; runs of Average and Paeth rows go along diagonals, on which nothing depends.
    """
    if kinds.size and int(kinds.max()) > 4:
        raise PngError("it uses an unknown filter")
    height, width, step = filtered.shape
    # One row of zeros above, one column of zeros to the left.
    plain = np.zeros((height + 1, width + 1, step), np.uint8)
    at = 0
    while at < height:
        end = at + 1
        if kinds[at] >= 3:
            while end < height and kinds[end] >= 1:
                end += 1
            _along_diagonals(kinds[at:end], filtered[at:end], plain[at : end + 1])
        else:
            row = filtered[at]
            if kinds[at] == 1:
                row = np.cumsum(row, axis=0, dtype=np.uint8)
            elif kinds[at] == 2:
                row = row + plain[at, 1:]
            plain[at + 1, 1:] = row
        at = end
    return np.ascontiguousarray(plain[1:, 1:])


def _along_diagonals(kinds: Array, filtered: Array, plain: Array) -> None:
    """Fill plain[1:, 1:]; its first row is known."""
    height, width, _ = filtered.shape
    sub, up, average, paeth = (kinds[:, None] == kind for kind in (1, 2, 3, 4))
    for diagonal in range(height + width - 1):
        first, last = max(0, diagonal - width + 1), min(height - 1, diagonal)
        rows = np.arange(first, last + 1)
        columns = diagonal - rows
        left = plain[rows + 1, columns].astype(np.int16)
        above = plain[rows, columns + 1].astype(np.int16)
        corner = plain[rows, columns].astype(np.int16)
        part = slice(first, last + 1)
        guess = np.where(paeth[part], _paeth(left, above, corner), 0)
        guess = np.where(average[part], (left + above) >> 1, guess)
        guess = np.where(up[part], above, guess)
        guess = np.where(sub[part], left, guess)
        plain[rows + 1, columns + 1] = (filtered[rows, columns] + guess).astype(np.uint8)


def _paeth(left: Array, above: Array, corner: Array) -> Array:
    """Of the three neighbours, the one nearest to left + above − corner."""
    by_left = np.abs(above - corner)
    by_above = np.abs(left - corner)
    by_corner = np.abs(left + above - 2 * corner)
    nearest = np.where(by_above <= by_corner, above, corner)
    return np.where((by_left <= by_above) & (by_left <= by_corner), left, nearest)
