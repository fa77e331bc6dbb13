"""Draws nodes: ops, groups closed and open, folds, inputs, weights, and the place markers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from ...tracers.ir import Presence, Scope, ScopeKind
from ..run.changed import SIGNS
from .change_signs import INSIDE, change_of, change_pen, change_words, holds_change
from .dress import Dress, capsule
from .gradient_signs import SIGN, draw_pair, gradient_words, holds_gradient, sign_ink
from .header_words import header_runs
from .inks import Face, Inks, Words, dashed, draw_icon, faint
from .markers import Marks
from .model import is_op, key_scope, key_value
from .name_groups import is_named
from .nested import SHEETS, Nest
from .note_signs import note_words
from .pass_picker import AWAY, PassPickers, beside
from .progress import Progress
from .scene import Area, Look, Node, Scene

ICONS = {
    ScopeKind.LOOP: "repeat",
    ScopeKind.FUNCTION: "square-function",
    ScopeKind.BRANCH: "split",
    ScopeKind.BACKWARD: "undo-2",
}
BY_NAME = "folder"
BEYOND = 24.0  # px beside what is painted up to which a frame is drawn
PRESENCE_WORDS = {
    Presence.ADDED: "not in map",
    Presence.SKIPPED: "skipped",
    Presence.PRUNED: "pruned",
}


class NodePainter:
    """Paints nodes of one scene."""

    def __init__(self, scene: Scene, nest: Nest, progress: Progress, words: Words) -> None:
        self._scene = scene
        self._nest = nest
        self._model = nest.model
        self._progress = progress
        self._words = words
        self._pickers = PassPickers(self._model, progress, words)
        self._entering: dict[int, list[float]] = {}
        self.dress: Dress | None = None

    def frame(
        self,
        painter: QPainter,
        node: Node,
        index: int,
        areas: Sequence[Area],
        ink: Inks,
        marks: Marks,
    ) -> None:
        """An open group's rounded frame, without its header's words."""
        rect = _rect(node)
        scope = self._model.row(key_scope(node.key))
        pen, fill = ink.outline, ink.level
        if scope.kind is ScopeKind.LOOP:
            pen, fill = QPen(ink.loop, 1.2), ink.level_loop
        elif scope.kind in (ScopeKind.FUNCTION, ScopeKind.BRANCH):
            pen = dashed(ink.function, 1.2, 4.0)
        if index == marks.selected:
            pen = QPen(ink.accent, 1.5)
        elif index == marks.hovered:
            pen = QPen(ink.text3, 1.0)
        shaded = node.depth <= 2 or scope.kind is ScopeKind.LOOP
        deep = rect.adjusted(10, 10, -10, -10)
        parts = [QRectF(QPointF(a, b), QPointF(c, d)) for a, b, c, d in areas]
        edges = [part for part in parts if not deep.contains(part)]
        # A step repaints a few spots; the path of a whole frame would cost more than they.
        for part in parts if shaded else ():
            if part not in edges:
                painter.fillRect(part, fill)
        if not edges:
            return
        painter.setPen(pen)
        painter.setBrush(QBrush(fill) if shaded else Qt.BrushStyle.NoBrush)
        whole = pen.style() is not Qt.PenStyle.SolidLine  # else the dashes would wander
        for part in edges:
            near = rect.intersected(part.adjusted(-BEYOND, -BEYOND, BEYOND, BEYOND))
            if not near.isEmpty():
                painter.save()
                painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
                painter.drawRoundedRect(rect if whole else near, 10, 10)
                painter.restore()

    def header(self, painter: QPainter, node: Node, index: int, ink: Inks, marks: Marks) -> None:
        """An open group's chevron, name, type and how far it is."""
        scope = key_scope(node.key)
        row = self._model.row(scope)
        middle = node.y + 13.5
        _chevron(painter, node.x + 15, middle, ink.text3, down=True)
        x = self._header_start(node)
        icon = _icon(scope, row.kind)
        if icon:
            draw_icon(painter, icon, QRectF(x - 19, middle - 6.5, 13, 13), ink.text3)
        name = ink.current_ring if index == marks.live and not marks.live_hollow else ink.text1
        type_ = _type_words(scope, row)
        gaps = self._gaps(node, x)
        picker = self._pickers.draw(painter, node, gaps, ink)
        if picker is not None:
            gaps, far = beside(gaps, picker), ""
        else:
            far = self._progress.passes(scope) or self._how_far(scope, long=node.depth <= 1)
        amount = self.dress.words(index) if self.dress is not None else ""
        rest = [(text, Face.NOTE, ink.text3) for text in (type_, amount, far) if text]
        parts = [(self._model.title(scope), Face.NAME, name), *rest]
        for at, run in header_runs(parts, gaps, self._words):
            left, right = gaps[at]
            for number, (text, face, colour) in enumerate(run):
                if text == far and number:
                    left = self._words.draw(painter, left, middle, "·", Face.NOTE, ink.text3) + 8
                room = max(right - left, 24.0)
                left = self._words.draw(painter, left, middle, text, face, colour, room) + 8

    def _header_start(self, node: Node) -> float:
        """Where a frame's words begin: after chevron and icon."""
        scope = key_scope(node.key)
        return node.x + (45.0 if _icon(scope, self._model.row(scope).kind) else 26.0)

    def pass_at(self, node: Node, x: float, y: float) -> int:
        """What a point on a loop's pass picker asks for; 0 beside it."""
        gaps = self._gaps(node, self._header_start(node)) if node.look is Look.FRAME else []
        return self._pickers.part_at(node, gaps, x, y)

    def _gaps(self, node: Node, x: float) -> list[tuple[float, float]]:
        """What the wires that come in through a frame's header leave for words, from `x` on."""
        gaps: list[tuple[float, float]] = []
        for at in self._entries(node.key):
            if at > x:
                gaps.append((x, at - 6))
                x = at + 7
        return [*gaps, (x, node.x + node.width - 8)]

    def _entries(self, key: int) -> list[float]:
        """x of the wires that come in through a frame's header, from left to right."""
        found = self._entering.get(key)
        if found is None:
            wires = self._scene.wires_from(key)
            found = self._entering[key] = sorted({wire.points[0][0] for wire in wires})
        return found

    def node(self, painter: QPainter, node: Node, index: int, ink: Inks, marks: Marks) -> None:
        """Anything but a frame."""
        if node.look is Look.OP:
            self._op(painter, node, index, ink, marks)
        elif node.look in (Look.GROUP, Look.FOLD):
            self._group(painter, node, index, ink, marks)
        elif node.look is Look.INPUT:
            self._input(painter, node, index, ink, marks)
        else:
            self._weight(painter, node, index, ink, marks)

    def _op(self, painter: QPainter, node: Node, index: int, ink: Inks, marks: Marks) -> None:
        progress, model = self._progress, self._model
        op = marks.live_op if marks.live_op in node.members else node.key
        row = model.graph.ops[op]
        ran = (
            bool(progress.ran[node.members[-1]])
            if len(node.members) > 1
            else bool(progress.ran[op])
        )
        live = index == marks.live and not marks.live_hollow
        error = next((key for key in node.members if key in progress.errors), -1)
        change = change_of(marks, node.members)
        presence = row.presence if progress.mapped else Presence.EXPECTED
        gone = presence in (Presence.SKIPPED, Presence.PRUNED) and not ran
        rect = _rect(node)
        outline, fill = ink.outline, ink.fill
        name, note = ink.text1, ink.text3
        if live:
            outline, fill = QPen(ink.current_ring, 1.6), QBrush(ink.current_fill)
            note = ink.text2
        elif error >= 0:
            outline = QPen(ink.error, 1.4)
        elif not ran:
            outline, fill = ink.dashes, ink.hollow
            name = note = ink.not_run
        if presence is Presence.ADDED and not live and error < 0:
            outline = QPen(ink.function, 1.2)
        if change is not None and not live and error < 0:
            outline = change_pen(change, ink)
        self._ring(painter, rect, index, ink, marks, live)
        painter.setPen(QPen(ink.accent, 1.6) if index == marks.selected and not live else outline)
        painter.setBrush(fill)
        painter.drawRoundedRect(rect, 6, 6)
        if error >= 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faint(ink.error, 0.12))
            painter.drawRoundedRect(rect, 6, 6)
        elif self.dress is not None and not live:
            self.dress.paint(painter, node, index, 6.0, ink)
            if self.dress.places[index] >= 0:
                note = ink.text2
        bar = ink.categories[row.category]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(bar if ran or live else faint(bar, 0.5))
        painter.drawRoundedRect(QRectF(node.x + 7, node.y + 8, 3, node.height - 16), 1.5, 1.5)
        right = node.x + node.width - 8
        middle = node.y + node.height / 2
        words = self._words
        if error >= 0:
            right -= 17
            draw_icon(painter, "circle-alert", QRectF(right, middle - 7, 14, 14), ink.error)
            right -= 6
        if self.dress is not None:
            right = self.dress.badge(painter, right, middle, index, words, ink)
        if change is not None:
            text = SIGNS[change.how]
            right -= words.width(text, Face.NAME)
            words.draw(painter, right, middle, text, Face.NAME, ink.warn)
            right -= 8
        gradient = sign_ink(progress, marks, index, node.members, ink)
        if gradient is not None:
            right -= words.width(SIGN, Face.NAME)
            words.draw(painter, right, middle, SIGN, Face.NAME, gradient)
            right -= 8
        if len(node.members) > 1:
            text = f"+{len(node.members) - 1}"
            right -= words.width(text, Face.SMALL)
            words.draw(painter, right, middle, text, Face.SMALL, note)
            right -= 16
            draw_icon(painter, "layers", QRectF(right, middle - 6.5, 13, 13), note)
            right -= 6
        elif (gone or presence is Presence.ADDED) and change is None:
            text = PRESENCE_WORDS[presence]
            right -= words.width(text, Face.SMALL)
            words.draw(painter, right, middle, text, Face.SMALL, note)
            right -= 6
        x = node.x + 18
        end = words.draw(painter, x, middle, row.type, Face.NAME, name, right - x)
        if gone:
            painter.setPen(QPen(name, 1))
            painter.drawLine(QPointF(x, middle + 1), QPointF(end, middle + 1))
        label = model.label(op)
        if label and right - end > 24:
            words.draw(painter, end + 8, middle, label, Face.NOTE, note, right - end - 8)

    def _group(self, painter: QPainter, node: Node, index: int, ink: Inks, marks: Marks) -> None:
        scope = key_scope(node.key)
        row = self._model.row(scope)
        scopes = [key_scope(key) for key in node.members]
        counts = [self._progress.count(one) for one in scopes]
        ran, total = sum(c[0] for c in counts), sum(c[1] for c in counts)
        live = index == marks.live and not marks.live_hollow
        rect = _rect(node)
        outline, fill, name, note = ink.outline, ink.fill, ink.text1, ink.text3
        if live:
            outline, fill = QPen(ink.current_ring, 1.6), QBrush(ink.current_fill)
            note = ink.text2
        elif not ran:
            outline, fill = ink.dashes, ink.hollow
            name = note = ink.not_run
        elif row.kind is ScopeKind.LOOP:
            outline = QPen(ink.loop, 1.0)
        painter.setBrush(fill)
        # What is dim is seen through: sheets beneath would show their outlines.
        for step in (2, 1) if painter.opacity() == 1.0 else ():
            sheet = rect.adjusted(4.0 * step, SHEETS / 2 * step, -4.0 * step, SHEETS / 2 * step)
            painter.setPen(QPen(ink.line2 if ran else ink.line, 1.0))
            painter.drawRoundedRect(sheet, 8, 8)
        self._ring(painter, rect, index, ink, marks, live, 8.0)
        painter.setPen(QPen(ink.accent, 1.6) if index == marks.selected and not live else outline)
        painter.drawRoundedRect(rect, 8, 8)
        if self.dress is not None and not live:
            self.dress.paint(painter, node, index, 8.0, ink)
        middle = node.y + node.height / 2
        _chevron(painter, node.x + 16, middle, note, down=False)
        icon = "boxes" if node.look is Look.FOLD else _icon(scope, row.kind) or "box"
        draw_icon(painter, icon, QRectF(node.x + 26, middle - 7, 14, 14), note)
        right = node.x + node.width - 12
        words = self._words
        picker = self._pickers.draw(painter, node, (), ink)
        right = right if picker is None else picker.left() - AWAY
        if self.dress is not None:
            right = self.dress.badge(painter, right, middle, index, words, ink)
        if picker is None:
            text = self._progress.passes(scope)
            if not text:
                text = _ops(total) if ran in (0, total) else f"{ran} of {total}"
            tint = note
            if marks.light is not None and index in marks.light.counts:
                text, tint = f"{marks.light.counts[index]:,} found", ink.accent
            right -= words.width(text, Face.NOTE)
            words.draw(painter, right, middle, text, Face.NOTE, tint)
        inside = self._scene.scopes(node)
        if holds_change(marks, self._model.graph, inside):
            right -= words.width(INSIDE, Face.NAME) + 8
            words.draw(painter, right, middle, INSIDE, Face.NAME, ink.warn)
        if holds_gradient(self._progress, inside):
            right -= words.width(SIGN, Face.NAME) + 8
            words.draw(painter, right, middle, SIGN, Face.NAME, ink.text2)
        title = self._model.title(scope)
        kind = _type_words(scope, row)
        if node.look is Look.FOLD:
            title = f"{title} – {self._model.title(scopes[-1])}"
            kind = f"{kind} × {len(scopes)}".strip()
        x = node.x + 47
        end = words.draw(painter, x, middle, title, Face.NAME, name, right - x - 8)
        if kind and right - end > 30:
            words.draw(painter, end + 8, middle, kind, Face.NOTE, note, right - end - 16)

    def _input(self, painter: QPainter, node: Node, index: int, ink: Inks, marks: Marks) -> None:
        rect = _rect(node)
        self._ring(painter, rect, index, ink, marks, False, node.height / 2)
        painter.setPen(QPen(ink.accent, 1.6) if index == marks.selected else ink.outline)
        painter.setBrush(ink.fill)
        painter.drawRoundedRect(rect, node.height / 2, node.height / 2)
        text = self._model.graph.values[key_value(node.key)].name or "input"
        width = min(self._words.width(text, Face.NAME), node.width - 20)
        x = node.x + (node.width - width) / 2
        middle = node.y + node.height / 2
        self._words.draw(painter, x, middle, text, Face.NAME, ink.text1, node.width - 20)

    def _weight(self, painter: QPainter, node: Node, index: int, ink: Inks, marks: Marks) -> None:
        rect = _rect(node)
        op = self._scene.nodes[node.parent]
        middle = node.y + node.height / 2
        before = node.x < op.x
        tip = op.x if before else op.x + op.width
        start = node.x + node.width if before else node.x
        back = -6.0 if before else 6.0
        painter.setPen(ink.weight_pen)
        painter.drawLine(QPointF(start, middle), QPointF(tip + back, middle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint(ink.weight, 0.85))
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(tip, middle),
                    QPointF(tip + back, middle - 3),
                    QPointF(tip + back, middle + 3),
                ]
            )
        )
        live = index == marks.live and not marks.live_hollow
        self._ring(painter, rect, index, ink, marks, live, node.height / 2)
        pen = QPen(ink.accent, 1.6) if index == marks.selected else ink.weight_pen
        painter.setPen(QPen(ink.current_ring, 1.6) if live else pen)
        painter.setBrush(QBrush(ink.current_fill) if live else ink.hollow)
        painter.drawRoundedRect(rect, node.height / 2, node.height / 2)
        if key_value(node.key) in self._progress.lit_values:
            self._words.draw(painter, node.x + 8, middle, SIGN, Face.NAME, ink.text2)
        elif live:
            self._words.draw(painter, node.x + 8, middle, SIGN, Face.NAME, ink.current_ring)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink.weight)
            painter.drawEllipse(QPointF(node.x + 12, middle), 2.6, 2.6)
        tint = self.dress.colour(index) if self.dress is not None else None
        if tint is not None:
            capsule(painter, QPointF(node.x + 12, middle), tint)
        name = self._nest.weight_name(key_value(node.key), op.key)
        self._words.draw(painter, node.x + 20, middle, name, Face.SMALL, ink.text2, node.width - 28)

    def _ring(
        self,
        painter: QPainter,
        rect: QRectF,
        index: int,
        ink: Inks,
        marks: Marks,
        live: bool,
        radius: float = 6.0,
    ) -> None:
        """The soft ring outside a live, selected or hovered node, and that of a counterpart."""
        draw_pair(painter, rect, index, ink, marks, radius)
        if live:
            colour = faint(ink.current_ring, 0.35)
        elif index == marks.selected:
            colour = faint(ink.accent, 0.6 if marks.focused else 0.32)
        elif index == marks.hovered:
            colour = faint(ink.text3, 0.35)
        else:
            return
        painter.setPen(QPen(colour, 3.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(-2.2, -2.2, 2.2, 2.2), radius + 2.2, radius + 2.2)
        if live and index == marks.selected:
            painter.setPen(QPen(ink.accent, 1.2))
            painter.drawRoundedRect(rect.adjusted(-4.5, -4.5, 4.5, 4.5), radius + 4.5, radius + 4.5)

    def _how_far(self, scope: int, long: bool) -> str:
        ran, total = self._progress.count(scope)
        if ran in (0, total):
            return _ops(total)
        return f"{ran} of {total} ops run" if long else f"{ran} of {total}"

    def describe(self, node: Node, marks: Marks) -> str:
        """A node in words, for the screen reader."""
        if is_op(node.key):
            row = self._model.graph.ops[node.key]
            state = "ran" if self._progress.ran[node.key] else "not run"
            more = f", {len(node.members) - 1} more folded in" if len(node.members) > 1 else ""
            said = change_words(marks, node.members)
            index = self._scene.at[node.key]
            said += gradient_words(self._progress, marks, index, node.members)
            said += self._spoken(index) + note_words(marks.noted, node)
            return f"{row.type} {self._model.label(node.key)}".strip() + f", {state}{more}{said}"
        scope = key_scope(node.key)
        if scope >= 0:
            row = self._model.row(scope)
            state = "open" if node.look is Look.FRAME else "closed"
            far = self._progress.passes(scope) or self._how_far(scope, True)
            far += self._spoken(self._scene.at[node.key]) + note_words(marks.noted, node)
            kind = "grouped by name" if is_named(scope) else row.type
            return f"{self._model.title(scope)} {kind}, {far}, {state}"
        value = self._model.graph.values[key_value(node.key)]
        return f"{value.kind.value} {value.name}"

    def _spoken(self, index: int) -> str:
        return self.dress.spoken(index) if self.dress is not None else ""


def _rect(node: Node) -> QRectF:
    return QRectF(node.x + 0.5, node.y + 0.5, node.width - 1, node.height - 1)


def _ops(count: int) -> str:
    return "1 op" if count == 1 else f"{count} ops"


def _icon(scope: int, kind: ScopeKind) -> str:
    """What tells a group from a module, "" for a module."""
    return BY_NAME if is_named(scope) else ICONS.get(kind, "")


def _type_words(scope: int, row: Scope) -> str:
    kind = row.kind
    if is_named(scope):
        return "by name"
    if kind is ScopeKind.LOOP:
        return "loop body"
    if kind is ScopeKind.FUNCTION:
        return "function"
    if kind is ScopeKind.BRANCH:
        return "branch"
    return row.type


def _chevron(painter: QPainter, x: float, middle: float, ink: QColor, down: bool) -> None:
    pen = QPen(ink, 1.4)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if down:
        points = [(x - 3.5, middle - 1.7), (x, middle + 1.8), (x + 3.5, middle - 1.7)]
    else:
        points = [(x - 1.7, middle - 3.5), (x + 1.8, middle), (x - 1.7, middle + 3.5)]
    painter.drawPolyline(QPolygonF([QPointF(*point) for point in points]))
