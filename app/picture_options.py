"""How pictures become tensors."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from ..widgets import theme

_RESIZE = ("", "224", "256", "224x224", "299x299")
_CROP = ("", "224", "299")
_NORMALISE = (("0 to 1", ""), ("ImageNet", "imagenet"), ("−1 to 1", "-1..1"), ("0 to 255", "none"))
_LAYOUT = (("Automatic", ""), ("Channels first", "nchw"), ("Channels last", "nhwc"))


class PictureOptions(QWidget):
    """Resize, crop, scale and layout; what is left as it is does not count."""

    def __init__(self, options: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.resize_to = _written(_RESIZE, options.get("resize", ""), "Resize to")
        self.crop_to = _written(_CROP, options.get("crop", ""), "Crop the middle to")
        self.normalise = _picked(_NORMALISE, options.get("normalise", ""), "Range of values")
        self.arranged = _picked(_LAYOUT, options.get("layout", ""), "Layout")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        fields = (
            ("Resize", self.resize_to, "Shorter side (256), or height x width (224x224)"),
            ("Crop the middle", self.crop_to, "Side of a square (224), or height x width"),
            ("Values", self.normalise, "Range or normalisation of the pixels"),
            ("Layout", self.arranged, "Order of the tensor's axes"),
        )
        for column, (name, box, tip) in enumerate(fields):
            label = QLabel(name)
            label.setFont(theme.ui_font(11))
            label.setProperty("kind", "text2")
            box.setToolTip(tip)
            grid.addWidget(label, 0, column)
            grid.addWidget(box, 1, column)
            grid.setColumnStretch(column, 1)

    def options(self) -> tuple[tuple[str, str], ...]:
        """(name, value) of what differs from the defaults."""
        rows = (
            ("resize", self.resize_to.currentText().strip()),
            ("crop", self.crop_to.currentText().strip()),
            ("normalise", str(self.normalise.currentData())),
            ("layout", str(self.arranged.currentData())),
        )
        return tuple((name, value) for name, value in rows if value)

    def problem(self) -> str:
        """A sentence about a size that is none, "" if there is no such."""
        for name, box in (("Resize", self.resize_to), ("Crop", self.crop_to)):
            text = box.currentText().strip()
            sides = text.split("x")
            fine = len(sides) <= 2 and all(side.isdecimal() and int(side) > 0 for side in sides)
            if text and not fine:
                return f'{name} is written 224 or 224x224, not "{text}".'
        return ""


def _written(texts: tuple[str, ...], value: str, name: str) -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.addItems(texts)
    box.setCurrentText(value)
    box.setAccessibleName(name)
    edit = box.lineEdit()
    if edit is not None:
        edit.setPlaceholderText("as it is")
    _narrow(box)
    return box


def _picked(rows: tuple[tuple[str, str], ...], value: str, name: str) -> QComboBox:
    box = QComboBox()
    for text, data in rows:
        box.addItem(text, data)
    box.setCurrentIndex(max(0, box.findData(value)))
    box.setAccessibleName(name)
    _narrow(box)
    return box


def _narrow(box: QComboBox) -> None:
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
