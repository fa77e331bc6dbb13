"""Asks for the two models of a comparison, and the inputs that both are given."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ...tracers.compare.ways import NoSuchWay, parse_way
from ...widgets import theme
from ..choice import LaunchChoice
from ..input_list import InputList
from ..named_rows import NamedRows
from ..picture_options import PictureOptions
from ..settings import Settings
from .choice import PairChoice
from .side_form import SideForm
from .way_picker import WayPicker

_NOTE = "Both are given A's; axes are moved where B keeps them in another order."
_RECORDED = ".opscope"


class CompareDialog(QDialog):
    """`exec()`, then `choice()`."""

    def __init__(
        self, choice: PairChoice, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare Two Runs")
        self.resize(1240, 640)
        self._settings = settings
        self.a = SideForm("A", "The first model", choice.a, self)
        self.way = WayPicker()
        self.way.show_against(choice.against)
        self.b = SideForm("B", "The second", choice.b, self, self.way)
        self.inputs = InputList()
        self.pictures = PictureOptions(dict(choice.a.image))
        self.recent = QPushButton("Recent")
        self.recent.setMenu(QMenu(self.recent))
        self.swap = QPushButton("Exchange A and B")
        self.swap.setIcon(theme.icon("arrow-left-right", "text2"))
        self.swap.clicked.connect(self._exchange)
        self._fill_recent()
        self._lay_out()
        self.inputs.show_inputs(choice.a.inputs)
        self.inputs.changed.connect(self._refresh)
        for box in (self.pictures.resize_to, self.pictures.crop_to):
            box.currentTextChanged.connect(self._refresh)
        for side in (self.a, self.b):
            side.changed.connect(self._refresh)
        self.a.model.looked.connect(self._look_from)
        self._look_from()
        self._refresh()
        (self.b if choice.a.spec else self.a).model.where.setFocus()

    def _lay_out(self) -> None:
        title = QLabel("Compare two runs")
        title.setFont(theme.ui_font(14, 600))
        top = QHBoxLayout()
        top.setContentsMargins(24, 20, 24, 12)
        top.setSpacing(8)
        top.addWidget(title)
        top.addStretch(1)
        top.addWidget(self.swap)
        top.addWidget(self.recent)
        sides = QHBoxLayout()
        sides.setSpacing(0)
        rule = QFrame()
        rule.setFixedWidth(1)
        rule.setStyleSheet(f"background: {theme.theme().line};")
        sides.addWidget(self.a, 1)
        sides.addWidget(rule)
        sides.addWidget(self.b, 1)
        self.rows = NamedRows()
        self.rows.add("Inputs", self.inputs)
        self.rows.add("Pictures", self.pictures)
        self.rows.fill()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(sides)
        column.addWidget(self.rows)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        body.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        self.missing = QLabel()
        self.missing.setProperty("kind", "text3")
        self.missing.setWordWrap(True)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.compare_button = self.buttons.button(kinds.Ok)
        self.compare_button.setText("Compare")
        self.compare_button.setProperty("kind", "primary")
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 20)
        foot.setSpacing(16)
        foot.addWidget(self.missing, 1)
        foot.addWidget(self.buttons)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(top)
        whole.addWidget(area, 1)
        whole.addLayout(foot)
        cancel = self.buttons.button(kinds.Cancel)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(button is cancel)
        self.compare_button.setDefault(True)

    def _fill_recent(self) -> None:
        menu = self.recent.menu()
        for a, b, way in self._settings.comparisons:
            with contextlib.suppress(NoSuchWay):  # its file is gone
                against = parse_way(way) if way else None
                kept = PairChoice(LaunchChoice(spec=a), LaunchChoice(spec=b), against)
                menu.addAction(kept.title, partial(self._show_recent, kept))
        self.recent.setVisible(bool(self._settings.comparisons))

    # What the user does

    def _show_recent(self, kept: PairChoice) -> None:
        one = self._settings.choice(kept.a.spec)
        self.a.show_choice(one)
        self.b.show_choice(self._settings.choice(kept.b.spec))
        self.way.show_against(kept.against)
        self.inputs.show_inputs(one.inputs)

    def _exchange(self) -> None:
        a, b = self.a.choice(), self.b.choice()
        self.a.show_choice(b)
        self.b.show_choice(a)

    def _look_from(self) -> None:
        self.inputs.look_from(self.a.model.folder)
        self.way.cwd = self.a.model.folder

    def _refresh(self) -> None:
        way = self.way.way
        self.way.show_frameworks(self.a.model.frameworks)
        self.a.show_other_code(way is not None and way.word == "git")
        self.swap.setEnabled(way is None)
        found = self.a.model.found()
        names = found.inputs if found is not None else ()
        recorded = self.a.model.text().lower().endswith(_RECORDED)
        empty = "those of the recorded run" if recorded else "A's own"
        self.inputs.show_names(names, f"{_NOTE} Left empty, {empty} are used.")
        self.rows.show_row("Pictures", self.inputs.has_picture())
        missing = self.missing_text()
        self.missing.setText(missing)
        self.compare_button.setEnabled(not missing)

    def missing_text(self) -> str:
        """What keeps the runs from being compared, in a sentence; "" if nothing does."""
        pictures = self.pictures.problem() if self.inputs.has_picture() else ""
        problem = self.a.problem() or self.b.problem() or self.inputs.problem() or pictures
        if not problem and self.a.runs_other_code and not self.a.trusted.isChecked():
            return "The other revision runs its own code: trust it on the side of A."
        return problem

    # The result

    def choice(self) -> PairChoice:
        """What was chosen."""
        a = replace(
            self.a.choice(),
            inputs=self.inputs.texts(),
            image=self.pictures.options() if self.inputs.has_picture() else (),
        )
        against = self.way.against()
        if against is not None:
            return PairChoice(a, replace(a, python=self.b.interpreter.python()), against)
        return PairChoice(a, self.b.choice())

    def accept(self) -> None:
        """Take the latest text into account, then close if nothing is missing."""
        for side in (self.a, self.b):
            side.model.settle()
        if not self.missing_text():
            super().accept()

    def done(self, result: int) -> None:
        """Leave nothing running."""
        for side in (self.a, self.b):
            side.stop()
        super().done(result)
