"""Lays out every open group, innermost first; a laid-out group is one box of the group around it.

Groups of the same structure share one layout: it is looked up by sizes and links alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil

from ...tracers.ir import ScopeKind, ValueKind
from .collecting import uncollected
from .folding import Item, Structures, fold, repeats, shape_chains
from .group import Group
from .layered import arrange
from .model import GraphModel, is_fold, is_op, key_scope, key_value, scope_key, value_key
from .name_groups import is_named
from .rows import Box, Layered, Link, Margins, Point, checked, unchecked
from .scene import Look, Node, Scene, Wire

OP_WIDTH, OP_HEIGHT, SLIM_WIDTH, WIDEST = 212.0, 32.0, 148.0, 300.0
GROUP_WIDTH, GROUP_HEIGHT, SHEETS = 250.0, 34.0, 6.0
INPUT_HEIGHT, WEIGHT_HEIGHT, WEIGHT_GAP = 28.0, 24.0, 40.0
HEADER, PAD, FOOT = 34.0, 18.0, 14.0
HEADER_START, HEADER_ICON, HEADER_GAP = 26.0, 19.0, 8.0
PICKER = 168.0  # what a loop's pass picker needs
WIDENED = 60.0  # what a frame may get wider to have its type before the wires that come in
MARGINS = Margins(top=HEADER - 24.0, bottom=FOOT)
NAME_CHAR, TEXT_CHAR, SMALL_CHAR = 7.4, 6.3, 6.0
MOST_WEIGHTS = 400  # beyond so many ops with weights in one group, none are drawn
LONG = 220.0  # a wire's vertical part from which on its piece is labelled again


def text_width(bold: str, plain: str = "") -> float:
    """A guess at the width of a node's words; layout must not depend on the fonts installed."""
    gap = 8.0 if bold and plain else 0.0
    return NAME_CHAR * len(bold) + gap + TEXT_CHAR * len(plain)


@dataclass(slots=True)
class _Plan:
    """A group as the layered layout sees it.

    Attributes:
        items: what is drawn; the ports of `entering`, then `leaving`, follow them as boxes.
        ends: (source key, target key, value) of each link.
    """

    items: list[Item]
    boxes: list[Box]
    links: list[Link]
    ends: list[tuple[int, int, int]]
    entering: list[int]
    leaving: list[int]
    weights: dict[int, tuple[int, ...]]


@dataclass(slots=True)
class _Laid:
    plan: _Plan
    at: Layered
    left: float  # from the frame's left side to the layout's
    top: float
    width: float
    height: float
    middle: float  # from the frame's left side to where straight wires should meet it

    def port(self, value: int, leaving: bool) -> float | None:
        """x of a value's port, from the middle line; None where the group has none for it."""
        plan = self.plan
        values = plan.leaving if leaving else plan.entering
        if value not in values:
            return None
        first = len(plan.items) + (len(plan.entering) if leaving else 0)
        return self.left + self.at.x[first + values.index(value)] - self.middle


class Nest:
    """The nested layout of a model, given which groups are open.

    Attributes:
        open: groups drawn as frames; the root always is.
        apart: blocks that are not folded with those beside them.
        fold_shapes: whether chains of shape ops are drawn as one.
    """

    def __init__(self, model: GraphModel) -> None:
        self.model = model
        self.open: set[int] = {0}
        self.apart: set[int] = set()
        self.fold_shapes = True
        self.structures = Structures(model)
        self._check: Callable[[], None] = unchecked
        self._laid: dict[int, _Laid] = {}
        self._items: dict[int, tuple[list[Item], Callable[[int], int]]] = {}
        self._plain: dict[tuple[str, str, bool], Box] = {}  # of ops without weights, by words
        self._memo: dict[tuple[object, ...], list[Layered]] = {}

    def items(self, scope: int) -> list[Item]:
        """What is drawn in a group."""
        return self._folded(self.model.groups[scope])[0]

    def dirty(self, groups: Iterable[int]) -> None:
        """Groups whose contents or folds changed: they and all around them are laid out anew."""
        for group in groups:
            self._items.pop(group, None)
            for around in self.model.path(group):
                self._laid.pop(around, None)

    def grown(self) -> None:
        """Take in what the model gained."""
        changed = [group for group in self.model.changed if group in self.model.groups]
        self.structures.forget(changed)
        self.open &= self.model.groups.keys()
        self.dirty(changed)
        self.model.changed.clear()

    def all_changed(self) -> None:
        """A setting changed that every group depends on."""
        self._items.clear()
        self._laid.clear()

    def set_open(self, group: int, open_: bool) -> None:
        """Open or close a group."""
        if group == 0 or (group in self.open) == open_:
            return
        (self.open.add if open_ else self.open.discard)(group)
        if open_:
            self._items.pop(self.model.groups[group].parent, None)  # it may have been folded
        for around in self.model.path(group):
            self._laid.pop(around, None)

    def size(self) -> int:
        """About how many nodes there are to draw, before folding."""
        groups = self.model.groups
        return sum(len(groups[group].items) for group in self.open if group in groups)

    def scene(self, check: Callable[[], None] = unchecked) -> Scene:
        """Lay out what changed and put everything in place.

        `check` is called often, and may raise Cancelled; the nest is then as it was.
        """
        with uncollected():
            self._check = check
            laid = self._lay(0)
            nodes: list[Node] = []
            wires: list[Wire] = []
            self._put(laid, 0, 0.0, 0.0, 0, -1, nodes, wires)
            layers = dict(self.model.names.layers)
            return Scene(nodes, wires, laid.width, laid.height, check, layers=layers)

    # What a group shows.

    def _folded(self, group: Group) -> tuple[list[Item], Callable[[int], int]]:
        found = self._items.get(group.scope)
        if found is None:
            chains = shape_chains(self.model, group, self._check) if self.fold_shapes else []
            rows = repeats(self.model, group, self.structures, self.apart | self.open)
            found = self._items[group.scope] = fold(group, chains, rows, self._check)
        return found

    def _lay(self, scope: int) -> _Laid:
        found = self._laid.get(scope)
        if found is not None:
            return found
        self._check()
        group = self.model.groups[scope]
        for key in group.items:
            if key < 0 and key_scope(key) in self.open:
                self._lay(key_scope(key))
        plan = self._plan(group)
        tops, bottoms = len(plan.entering), len(plan.leaving)
        sign = (tuple(plan.boxes), tuple(plan.links), tops, bottoms)
        known = self._memo.setdefault(sign, [])  # looked up once: a sign may be long
        if not known:
            known += [arrange(plan.boxes, plan.links, tops, bottoms, MARGINS, self._check)]
        found = self._laid[scope] = self._framed(scope, plan, known[0])
        return found

    def _framed(self, scope: int, plan: _Plan, at: Layered) -> _Laid:
        if scope == 0:
            return _Laid(plan, at, 0.0, 0.0, at.width, at.height, at.width / 2)
        row = self.model.row(scope)
        need = 70 + text_width(self.model.title(scope), row.type) + SMALL_CHAR * 19
        width = max(at.width + 2 * PAD, need)
        left = (width - at.width) / 2
        more = self._header_room(scope, plan, at) - left
        if more > 0:
            left += more
            width += more
        if row.kind is ScopeKind.LOOP and plan.entering:
            width += self._picker_room(scope, plan, at, left, width)
        width += ceil(left) - left  # what meets the borders does so at whole pixels
        left = ceil(left)
        top = 0.0 if plan.entering else HEADER
        height = top + at.height + (0.0 if plan.leaving else FOOT)
        first = len(plan.items)
        middle = left + at.x[first] if first < len(at.x) else width / 2
        return _Laid(plan, at, left, top, width, height, middle)

    def _header_room(self, scope: int, plan: _Plan, at: Layered) -> float:
        """What must be free at the left so that no wire comes in through the frame's name."""
        if not plan.entering:
            return 0.0
        row = self.model.row(scope)
        title = self.model.title(scope)
        start = HEADER_START + (0.0 if row.kind is ScopeKind.MODULE else HEADER_ICON) + HEADER_GAP
        first = len(plan.items)
        port = min(at.x[first : first + len(plan.entering)])
        both = start + text_width(title, row.type) - port
        return both if both <= PAD + WIDENED else start + text_width(title) - port

    def _picker_room(
        self, scope: int, plan: _Plan, at: Layered, left: float, width: float
    ) -> float:
        """How much wider a loop's frame must be for its pass picker to stand beside the wires."""
        first = len(plan.items)
        ports = [left + x for x in at.x[first : first + len(plan.entering)]]
        name = HEADER_START + HEADER_ICON + text_width(self.model.title(scope), "loop body")
        if min(ports) - name >= PICKER or width - max(ports) >= PICKER:
            return 0.0
        return max(ports) + PICKER - width

    def _plan(self, group: Group) -> _Plan:
        items, number = self._folded(group)
        with_weights = {
            at: found
            for at, item in enumerate(checked(items, self._check))
            if is_op(item.key) and (found := self.model.weights(item.key))
        }
        if len(with_weights) > MOST_WEIGHTS:
            with_weights = {}
        boxes = [
            self._box(item, with_weights.get(at, ()))
            for at, item in enumerate(checked(items, self._check))
        ]
        entering, leaving = list(group.entering), list(group.leaving)
        if group.scope == 0:
            entering = leaving = []
        boxes += [Box(0.0, 0.0, 0.0)] * (len(entering) + len(leaving))
        links: dict[Link, tuple[int, int, int]] = {}
        tensors: dict[int, int] = {}

        def add(source: int, target: int, value: int, ends: tuple[int, int, int]) -> None:
            tensor = tensors.setdefault(value, len(tensors))
            out_at = self._port(items, source, value, True)
            in_at = self._port(items, target, value, False)
            links.setdefault(Link(source, target, tensor, out_at, in_at), ends)

        frame = scope_key(group.scope)
        for at, value in enumerate(entering):
            for key in group.entering[value]:
                target = number(key)
                add(len(items) + at, target, value, (frame, items[target].key, value))
        for source_key, target_key, value in checked(group.links, self._check):
            source, target = number(source_key), number(target_key)
            if source != target or len(items[source].members) == 1:
                add(source, target, value, (items[source].key, items[target].key, value))
        first = len(items) + len(entering)
        for at, value in enumerate(leaving):
            for key in group.leaving[value]:
                source = number(key)
                add(source, first + at, value, (items[source].key, frame, value))
        return _Plan(
            items, boxes, list(links), list(links.values()), entering, leaving, with_weights
        )

    def _port(self, items: list[Item], at: int, value: int, leaving: bool) -> float | None:
        if at >= len(items):
            return 0.0
        key = items[at].key
        if key >= 0 or key_scope(key) not in self.open:
            return None
        return self._laid[key_scope(key)].port(value, leaving)

    def _box(self, item: Item, weights: tuple[int, ...]) -> Box:
        key = item.key
        scope = key_scope(key)
        if is_op(key):
            return self._op_box(item, weights)
        if scope < 0:
            half = max(72.0, 36 + TEXT_CHAR * len(self.model.graph.values[key_value(key)].name)) / 2
            return Box(half, half, INPUT_HEIGHT)
        if is_fold(key):
            kind = f"{self._type(scope)} × {len(item.members)}"
            half = max(GROUP_WIDTH, 140 + text_width(self.fold_title(item), kind)) / 2
            return Box(half, half, GROUP_HEIGHT + SHEETS)
        if scope in self.open:
            laid = self._laid[scope]
            return Box(laid.middle, laid.width - laid.middle, laid.height)
        half = max(GROUP_WIDTH, 140 + text_width(self.model.title(scope), self._type(scope))) / 2
        return Box(min(half, 190.0), min(half, 190.0), GROUP_HEIGHT + SHEETS)

    def _op_box(self, item: Item, weights: tuple[int, ...]) -> Box:
        row = self.model.graph.ops[item.key]
        words = row.type, self.model.label(item.key), len(item.members) > 1
        if not weights and words in self._plain:
            return self._plain[words]
        folded = 46.0 if len(item.members) > 1 else 0.0
        need = 30 + text_width(*words[:2]) + folded
        half = min(max(OP_WIDTH, need), WIDEST) / 2
        slim = half - min(max(SLIM_WIDTH, need), 2 * half) / 2
        sides = {False: 0.0, True: 0.0}
        for value in weights:
            sides[self._on_right(value)] = WEIGHT_GAP + self.weight_width(value, item.key)
        box = Box(half + sides[False], half + sides[True], OP_HEIGHT, slim, half, half)
        if not weights:
            self._plain[words] = box
        return box

    def _type(self, scope: int) -> str:
        return "by name" if is_named(scope) else self.model.row(scope).type

    def weight_width(self, value: int, op: int) -> float:
        """Width of a weight's capsule beside an op."""
        return min(34 + TEXT_CHAR * len(self.weight_name(value, op)), 150.0)

    def weight_name(self, value: int, op: int) -> str:
        """A weight's name as seen from the group that its op stands in ("c_attn.weight")."""
        name = self.model.graph.values[value].name
        path = self.model.row(self.model.group_of_op(op)).path
        if path and name.startswith(path + "."):
            name = name[len(path) + 1 :]
        return ".".join(name.split(".")[-2:])

    def _on_right(self, value: int) -> bool:
        return self.model.graph.values[value].kind is ValueKind.BUFFER

    def fold_title(self, item: Item) -> str:
        """The first and last block's names ("h.0 – h.4")."""
        first, last = (self.model.title(key_scope(item.members[at])) for at in (0, -1))
        return f"{first} – {last}"

    # Putting it all in place.

    def _put(
        self,
        laid: _Laid,
        scope: int,
        x: float,
        y: float,
        depth: int,
        frame: int,
        nodes: list[Node],
        wires: list[Wire],
    ) -> None:
        plan, at = laid.plan, laid.at
        x += laid.left
        y += laid.top
        for index, item in enumerate(checked(plan.items, self._check)):
            box = plan.boxes[index]
            less = box.slim if at.slimmed[index] else 0.0
            body_left = (box.left if box.body_left < 0 else box.body_left) - less
            body_right = (box.right if box.body_right < 0 else box.body_right) - less
            # Whole pixels keep outlines sharp at full size.
            left, top = round(x + at.x[index] - body_left), round(y + at.y[index])
            inner = key_scope(item.key)
            width = round(body_left + body_right)
            if inner >= 0 and not is_fold(item.key) and inner in self.open:
                number = len(nodes)
                nodes.append(
                    Node(
                        Look.FRAME,
                        item.key,
                        item.members,
                        left,
                        top,
                        width,
                        box.height,
                        depth + 1,
                        frame,
                    )
                )
                self._put(self._laid[inner], inner, left, top, depth + 1, number, nodes, wires)
                continue
            look, height = _look(item.key), box.height
            if look in (Look.GROUP, Look.FOLD):
                height = GROUP_HEIGHT
            number = len(nodes)
            nodes.append(Node(look, item.key, item.members, left, top, width, height, depth, frame))
            if index in plan.weights:
                self._put_weights(plan.weights[index], nodes, number)
        labelled: set[tuple[int, int]] = set()
        border = scope_key(scope)
        routed = zip(plan.links, plan.ends, at.routes, strict=True)
        for link, ends, route in checked(routed, self._check):
            points = tuple([(round(x + px), round(y + py)) for px, py in route])
            source, target, value = ends
            entering = source == border
            arrow = target != border and link.in_at is None
            # A tensor that leaves the frame has its shape written outside.
            inside = not entering and target != border
            first = (inside or scope == 0) and (source, value) not in labelled
            if first:
                labelled.add((source, value))
            label = first or _long(points)
            wires.append(Wire(points, value, source, target, arrow, label, entering))

    def _put_weights(self, values: tuple[int, ...], nodes: list[Node], parent: int) -> None:
        op = nodes[parent]
        for value in values:
            width = self.weight_width(value, op.key)
            left = op.x - WEIGHT_GAP - width
            if self._on_right(value):
                left = op.x + op.width + WEIGHT_GAP
            key = value_key(value)
            top = op.y + (op.height - WEIGHT_HEIGHT) / 2
            nodes.append(
                Node(Look.WEIGHT, key, (key,), left, top, width, WEIGHT_HEIGHT, op.depth, parent)
            )


def _look(key: int) -> Look:
    if is_op(key):
        return Look.OP
    if is_fold(key):
        return Look.FOLD
    return Look.GROUP if key < 0 else Look.INPUT


def _long(points: tuple[Point, ...]) -> bool:
    before = points[0][1]
    for _, y in points:
        if abs(y - before) > LONG:
            return True
        before = y
    return False
