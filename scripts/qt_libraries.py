"""Checks that the system libraries which Qt needs are there, and installs them where it may."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import struct
import subprocess
import sys
from pathlib import Path

from system_packages import install

# Where the name of the Debian package does not follow from that of the library.
PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgio-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libstdc++.so.6": "libstdc++6",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libz.so.1": "zlib1g",
}
MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtTest")
RECHECK = "OPSCOPE_QT_RECHECK"


def main() -> int:
    """0 where Qt can start."""
    if not sys.platform.startswith("linux"):
        return 0
    found = importlib.util.find_spec("PySide6")
    if found is None or found.origin is None:
        sys.stderr.write("PySide6 is not installed; `make setup` installs it.\n")
        return 1
    missing = missing_libraries(Path(found.origin).parent)
    if not missing:
        return 0
    why = f"Qt needs system libraries that are not here ({', '.join(missing)})"
    if os.environ.get(RECHECK):
        sys.stderr.write(f"{why}.\n")
        return 1
    packages = list(dict.fromkeys(package_of(library) for library in missing))
    if not install(packages, why):
        return 1
    # Anew: this process may remember what it did not find.
    again = dict(os.environ, **{RECHECK: "1"})
    return subprocess.call([sys.executable, __file__], env=again)


def missing_libraries(pyside: Path) -> list[str]:
    """Names of the libraries that PySide6's parts ask for and the system lacks."""
    plugins = pyside / "Qt" / "plugins"
    starts = [pyside / f"{module}.abi3.so" for module in MODULES]
    starts.append(plugins / "platforms" / "libqoffscreen.so")
    if os.environ.get("DISPLAY") and os.environ.get("QT_QPA_PLATFORM") != "offscreen":
        starts.append(plugins / "platforms" / "libqxcb.so")
    bundled = {path.name: path for path in (pyside / "Qt" / "lib").glob("*.so*")}
    bundled |= {path.name: path for path in pyside.glob("*.so*")}
    bundled |= {path.name: path for path in (pyside.parent / "shiboken6").glob("*.so*")}
    waiting = [path for path in starts if path.exists()]
    seen: set[str] = set()
    missing: list[str] = []
    while waiting:
        for name in needed(waiting.pop()):
            if name in seen:
                continue
            seen.add(name)
            if name in bundled:
                waiting.append(bundled[name])
            elif not loads(name):
                missing.append(name)
    return sorted(missing)


def loads(name: str) -> bool:
    """The system's loader finds a library and all that it needs."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def package_of(library: str) -> str:
    """The Debian package of a library: its name and version, in small letters."""
    if library in PACKAGES:
        return PACKAGES[library]
    stem, _, version = library.partition(".so.")
    major = version.partition(".")[0]
    joint = "-" if stem[-1:].isdigit() else ""
    return f"{stem.lower().replace('_', '-')}{joint}{major}"


def needed(path: Path) -> list[str]:
    """Libraries that an ELF file asks for (its DT_NEEDED entries), 64 bits little-endian."""
    data = path.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        return []
    (sections_at,) = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    for index in range(count):
        at = sections_at + index * size
        kind, link = struct.unpack_from("<4xI32xI", data, at)
        if kind != 6:  # SHT_DYNAMIC
            continue
        start, length = struct.unpack_from("<QQ", data, at + 24)
        (strings,) = struct.unpack_from("<Q", data, sections_at + link * size + 24)
        names: list[str] = []
        for entry in range(start, start + length, 16):
            tag, value = struct.unpack_from("<qQ", data, entry)
            if tag == 1:  # DT_NEEDED
                end = data.index(b"\0", strings + value)
                names.append(data[strings + value : end].decode())
        return names
    return []


if __name__ == "__main__":
    sys.exit(main())
