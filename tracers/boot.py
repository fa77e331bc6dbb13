"""Starts a debuggee: `<python> tracers/boot.py`, in any Python that has NumPy and the framework.

Mounts the public face `opscope` with `opscope.tracers` and `opscope.resources` from the folders
beside this file, and puts nothing on sys.path, so that the user's own modules named app, widgets
or tracers are found as ever. `__main__` is left empty for the user's side.
"""

import sys

_OLDEST = (3, 10)
_TOLD = 64  # the adapter shows what was printed as it is
_HERE = __file__.replace("\\", "/").rpartition("/")[0]


def _mount(folder: str) -> None:
    import importlib.util
    import os

    parent = os.path.dirname(folder)
    faces = (os.path.join(parent, "opscope", "__init__.py"), os.path.join(parent, "__init__.py"))
    parts: tuple[tuple[str, str, list[str]], ...] = (
        ("opscope", next(path for path in faces if os.path.exists(path)), []),
        ("opscope.tracers", os.path.join(folder, "__init__.py"), [folder]),
        (
            "opscope.resources",
            os.path.join(parent, "resources", "__init__.py"),
            [os.path.join(parent, "resources")],
        ),
    )
    for name, path, search in parts:
        spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=search)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        above, _, last = name.rpartition(".")
        if above:
            setattr(sys.modules[above], last, module)


def _start() -> int:
    import os
    import types

    _mount(os.path.abspath(_HERE))
    sys.argv = [""]
    sys.modules["__main__"] = types.ModuleType("__main__")
    if "OPSCOPE_SCRIPT" in os.environ:
        from opscope.tracers.engine.launched import main
    else:
        from opscope.tracers.engine.debuggee import main

    return main()


if __name__ == "__main__":
    if sys.version_info < _OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.stderr.write(f"Opscope needs Python 3.10 or newer for the model, not {found}.\n")
        sys.exit(_TOLD)
    if not getattr(sys.flags, "safe_path", False):
        sys.path.pop(0)  # our own folder, put there because this file is the script
    sys.exit(_start())
