"""What the window says of where a graph came from."""

from __future__ import annotations

from ..tracers.ir import MapFacts

_WORDS = {
    "torch.fx": ("torch.fx", "Graph from torch.fx."),
    "export": ("exported program", "Graph from the exported program."),
    "dry-run": ("dry run", "Graph from a dry run without data."),
    "recorded": ("as recorded", "The graph is drawn as the model runs."),
    "tf.function": ("traced function", "Graph from the traced function."),
    "tflite": ("TFLite file", "Graph from the TFLite file."),
}


def map_label(drawn: MapFacts | None) -> str:
    """Two or three words: "Map: dry run"; "" while there is no map."""
    if drawn is None:
        return ""
    return f"Map: {_WORDS.get(drawn.source, (drawn.source, ''))[0]}"


def map_note(drawn: MapFacts | None) -> str:
    """What it was drawn from, and why not from anything better."""
    if drawn is None:
        return ""
    return f"{_WORDS.get(drawn.source, ('', drawn.source))[1]} {drawn.reason}".strip()
