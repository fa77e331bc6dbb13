"""The requests and events that are Opscope's own, and the state that goes with every stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..ir import Failure, Place, RunState
from .json_ir import from_json, to_json

# Requests.
GRAPH = "opscope/graph"  # the graph, map and facts; graph and record events follow from then on
RECORDS = "opscope/records"  # {"first", "count"}; also the event that brings new ones
TENSOR = "opscope/tensor"
SEEK = "opscope/seek"
RUN_TO = "opscope/runTo"  # {"op"}, {"scope"} or {"file", "line"}
BREAKPOINTS = "opscope/breakpoints"
VERIFY = "opscope/verify"
# {}: {"largest"}: how far the outputs are from a plain run's; null where that is not known.
DEVIATION = "opscope/deviation"
# {"record"} or {"frame"}: run anew from the start state, free and in silence, and stand live
# before a record, or before the scope of a frame is entered.
REWIND = "opscope/rewind"
# {}: run anew from the very start, with what was loaded; answered when the run stands there.
# Refused where files that it was loaded from have changed, or where only a new process can do it.
ANEW = "opscope/anew"
# {"record", "slot", "isInput"}: run anew to get a value that was let go; the run stands as before,
# and the answer comes then.
FETCH = "opscope/fetch"
# {"record", "slot", "isInput", "pinned"}: a pinned value is not let go. The answer's "pins" are
# [record, slot] of all that are.
PIN = "opscope/pin"
# {"edits": [Edit]}: replaces them all and rewinds to the first op that they touch or touched.
EDITS = "opscope/edits"
# {"record", "slot", "seed"}: run the backward pass from an output, after the forward one. "seed"
# is "" (ones; the output must be a scalar), "ones", or the path of a .npy file.
BACKWARD = "opscope/backward"
SETTLE = "opscope/settle"  # {}: answered once every statistic that is still to come has been told
# {"watches": [text, ...]}: what is wrong with the numbers of the run as it stands; watches as in
# ir/watchpoint.py. {"findings": [Finding], "problems": [[watch, sentence], ...]}.
FINDINGS = "opscope/findings"
# {"path", "values", "extras"}: writes the run into a file, with the values chosen ("all", "pinned"
# or "none"), and with what the client wants to find in it again; {"path", "bytes"}. Without a path
# nothing is written: {"sizes": {"all", "pinned", "none"}} in bytes.
SAVE = "opscope/save"
EXTRAS = "opscope/extras"  # {}: {"extras"}: what a run that was read from a file was saved with
# {"watchpoints": [Watchpoint], "before": what is known of the run before, as in engine/before.py}:
# replaces them all. {"problems": [[number, sentence], ...]}: which cannot be asked at all.
WATCHPOINTS = "opscope/watchpoints"
# {}: run anew in silence, and ask watchpoints of what they missed since a value was let go; the
# run stands as before, and the answer comes then: {"missed": how many ops are still unasked}.
WATCH_ANEW = "opscope/watchAnew"
# {"record", "slot", "isInput", "index", "question"}: why a value, or one of its elements, is as it
# is. "index" is null for the whole value, "question" one of ir/reason.py or null;
# {"reason": Reason}.
WHY = "opscope/why"
# {"values": [[record, slot], ...]}: {"zeros": [count or null, ...]}, how many elements are 0, of as
# many of these as a moment allows, the first at least; null where that is not known.
ZEROS = "opscope/zeros"
# {"record", "slot", "isInput", "index": [...], "steps": n, "most": n}: which elements an element
# came from, and how much each gave; with more than one step, on from the one that gave most. "most"
# elements of each input are told. {"path": [Provenance, ...]}. Can be cancelled.
PROVENANCE = "opscope/provenance"
# {"models": [number, ...], "any": bool}: of a program that is run under the debugger, at the next
# calls of which models to stop, by their numbers in PROGRAM, or at the next of any; or {"first"}:
# at the first call of all.
STOP_AT = "opscope/stopAt"
# A comparison with another run. A value is [record, slot], or [-1, index into Graph.values]; an
# anchor is [record, slot, path of a .npy file, order of axes]. Files lie in a folder of the
# client's, and their names begin with "prefix".
# Where "patched" is true, values are meant as they are behind the patches.
# {"values"}: {"values": those held, "classes", "numbers": fingerprints as base64 of float64}. Takes
# the patches away.
COMPARE_PRINTS = "opscope/comparePrints"
COMPARE_HAND_OUT = "opscope/compareHandOut"  # {"values", "folder", "prefix"}: {"paths"}
# {"pairs": [[path, record, slot], ...], "tolerance", "patched"}: {"rows": [[error, order of axes,
# largest difference, mean difference], ...]}
COMPARE_AGAINST = "opscope/compareAgainst"
# {"pairs": [[path, record, slot, order of axes or null for the usual], ...], "often": orders that
# are often right}: {"rows": as above, null where no order fits}: however far they are apart.
COMPARE_APART = "opscope/compareApart"
# {"anchors", "known": [[number, path], ...], "tries": [[path, record, slot, first number known
# after it, how many of the known must return], ...], "often", "tolerance", "window": records}:
# {"right": the first try that is, or null, "order": of its axes}
COMPARE_TRY = "opscope/compareTry"
# {"anchors", "at": values among these, "folder"}: as COMPARE_PRINTS of what follows from them, with
# "stuck": records that could not be run.
COMPARE_PATCH = "opscope/comparePatch"
# {"anchors", "judged": values among these, or null for all, "wanted", "folder", "prefix"}:
# {"errors": local ones of the judged, or null, "paths"}
COMPARE_LOCKSTEP = "opscope/compareLockstep"
COMPARE_NOISE = "opscope/compareNoise"  # {"anchors", "values", "least"}: {"noise"}
# {"anchors", "records": to vary, "region": to compute anew, "targets": paths, "outputs": values of
# which the targets may tell something, "numbers", "arguments": {record: {name: text}},
# "tolerance", "names": of the two runs, "patched", "kind": of variations}: {"hits": [[record, kind,
# says, value, target, error], ...], "patterns": [[kind, sentence], ...]}
COMPARE_VARY = "opscope/compareVary"
# {"records"}: {"rows": of each [[name, elements], ...]}: the small constants that its op reads
COMPARE_CONSTANTS = "opscope/compareConstants"
# {"values", "folder", "prefix"}: {"path": of one flat .npy file, "places": of each in it, or null}
COMPARE_PACK = "opscope/comparePack"
# {"path": packed values of the other run, "pairs": [[[[place, shape], ...], values, "sum" or
# "stack": how several are joined], ...], "tolerance"}: {"rows": [[kind, details, error, order of
# axes], ...], null for one that is not held}
COMPARE_WEIGHTS = "opscope/compareWeights"
COMPARE_STAGES = "opscope/compareStages"  # {}: a Compilation, of a model that was compiled
# {"record": of a compiled graph}: {"ops": [Suspect, ...]}: what it computes, as it was captured
COMPARE_CAPTURED = "opscope/compareCaptured"
# {"text"}, or {"end": true} for the end of it: the line that the model waits for. Also the event
# that says whether it waits, {"wanted"}, for clients with "supportsInput" in their `initialize`.
INPUT = "opscope/input"
FX_SOURCE = "opscope/fxSource"  # {}: the recorded run as Python source of a torch.fx.GraphModule

# Events.
# {"name"}: of a debuggee that is attached to: a run begins. Ask for its graph.
NEW_RUN = "opscope/newRun"
# {"name", "first", "any", "run", "held", "models": [{"number", "name", "file", "line", "calls",
# "running", "wanted"}]}: of a program that is run under the debugger, the models that it has called
# so far, where it shall be stopped, and whether a run is under way, of the model with which number.
PROGRAM = "opscope/program"
GRAPH_GREW = "opscope/graphGrew"
STATE = "opscope/state"
# {"records": n, "frames": m}: rows from these on are forgotten; what follows comes as new rows.
REWOUND = "opscope/rewound"
# {"index": [...], "records": encode(rows, OpRecord), "strings"}: records whose summaries are new.
SUMMARIES = "opscope/summaries"
# {"edits": [Edit], "changes": encode(rows, Change), "strings", "problems": [[id, sentence], ...],
# "notes": the same}: edits as they stand; a problem says why one does not apply, a note how one
# was applied.
CHANGES = "opscope/changes"

# {"watchpoints": [{"text", "from", "hits": encode(rows, WatchHit), "times", "missed", "left",
# "problem"}], "strings"}: of each that has news, its hits from the one with the number "from" on;
# how many there are, how many ops could not be asked, how many are still to be.
WATCH_HITS = "opscope/watchHits"

# Between adapter and debuggee alone: files whose text a client may ask for.
SOURCES = "opscope/sources"

# Disassembly shows op n of the graph at this address plus n.
FIRST_ADDRESS = 0x10000

THREAD = 1

# Filters of setExceptionBreakpoints: errors that the model catches stop it, too; and those that it
# does not catch, as is the default.
RAISED, UNCAUGHT = "raised", "uncaught"
# And those of values: an op gives NaN or Inf that no op before it gave.
NAN, INF = "nan", "inf"
ARISING = frozenset({NAN, INF})

_START = Place(0)


@dataclass(frozen=True, slots=True)
class StackLine:
    """A frame as shown, innermost first: the op, then the scopes around it.

    Attributes:
        file: "" where no line of the user's is known.
        scope: index into Graph.scopes, -1 for a plain Python frame.
    """

    name: str
    file: str = ""
    line: int = 0
    scope: int = -1


@dataclass(frozen=True, slots=True)
class State:
    """Where the run stands, as sent with `stopped` (under "opscope") and `opscope/state`.

    Attributes:
        message: one sentence where the run failed or died, else "".
        hits: indices into the list given by `opscope/breakpoints`.
        held, budget: bytes of kept values, and the most they may be.
        kept, dropped: how many values are held, and how many were let go.
        oldest: every output of a record before this one has been let go.
        stack: of `cursor` where there is one, else of `head`.
        seconds: how long the model has been running, stops not counted.
        note: one sentence where it stands for a reason that the place does not tell.
        failure: the error that it stands at, or ended with.
        unseen: names of other threads that ran ops, and how many: none of these is a record.
    """

    state: RunState
    head: Place = _START
    cursor: Place | None = None
    message: str = ""
    hits: tuple[int, ...] = ()
    held: int = 0
    budget: int = 0
    kept: int = 0
    dropped: int = 0
    oldest: int = 0
    stack: tuple[StackLine, ...] = ()
    seconds: float = 0.0
    note: str = ""
    failure: Failure | None = None
    unseen: tuple[tuple[str, int], ...] = ()


def encode_state(state: State) -> dict[str, Any]:
    """As JSON."""
    return to_json(state)


def decode_state(body: object) -> State:
    """Back from `encode_state`. Raises ValueError where it is broken."""
    return from_json(State, body)
