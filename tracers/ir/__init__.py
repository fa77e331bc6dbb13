"""Pure data that the window and the debuggee share: graph, run, breakpoints, pieces of tensors."""

from .breakpoint import Breakpoint, BreakpointKind
from .categories import categorize
from .edit import Change, Difference, Edit, EditKind
from .folding import is_inlined, op_counts
from .graph import (
    ROOT,
    Category,
    Graph,
    Op,
    Presence,
    Scope,
    ScopeKind,
    SourceLine,
    Value,
    ValueKind,
)
from .passes import (
    Passes,
    gradient_of_value,
    selection_of_value,
    to_forward,
    to_gradient,
    value_of_gradient,
)
from .run import (
    NOTHING,
    OUTSIDE,
    Failure,
    Frame,
    OpRecord,
    Phase,
    Place,
    Ref,
    Run,
    RunState,
    TensorSummary,
)
from .selection import Selection
from .tensor import (
    AxisPick,
    Form,
    MapFacts,
    ModelFacts,
    TensorPiece,
    TensorRequest,
    ValueRef,
)
from .turns import Shown, Turns, in_loop
from .unseen import unseen_text, unseen_title

__all__ = [
    "NOTHING",
    "OUTSIDE",
    "ROOT",
    "AxisPick",
    "Breakpoint",
    "BreakpointKind",
    "Category",
    "Change",
    "Difference",
    "Edit",
    "EditKind",
    "Failure",
    "Form",
    "Frame",
    "Graph",
    "MapFacts",
    "ModelFacts",
    "Op",
    "OpRecord",
    "Passes",
    "Phase",
    "Place",
    "Presence",
    "Ref",
    "Run",
    "RunState",
    "Scope",
    "ScopeKind",
    "Selection",
    "Shown",
    "SourceLine",
    "TensorPiece",
    "TensorRequest",
    "TensorSummary",
    "Turns",
    "Value",
    "ValueKind",
    "ValueRef",
    "categorize",
    "gradient_of_value",
    "in_loop",
    "is_inlined",
    "op_counts",
    "selection_of_value",
    "to_forward",
    "to_gradient",
    "unseen_text",
    "unseen_title",
    "value_of_gradient",
]
