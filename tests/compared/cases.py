"""Which models are compared: an architecture, a seed, and the bugs that one writing has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.compared.plan import KERAS, TORCH, Plan
from tests.compared.spots import Spot, spots

ARCHITECTURES = ("cnn", "mobile", "encoder", "lstm", "unet")


@dataclass(frozen=True)
class Case:
    """Two runs to compare.

    Attributes:
        spots: the bugs, in any order.
        first: the writing that is A.
    """

    architecture: str
    seed: int
    numbers: tuple[int, ...] = ()
    first: str = TORCH

    @property
    def name(self) -> str:
        """As a spec names it."""
        bugs = "".join(f"_{number}" for number in self.numbers)
        return f"{self.architecture}_{self.seed}{bugs}"

    @property
    def spots(self) -> tuple[Spot, ...]:
        """The bugs, with where they are."""
        every = spots(Plan(self.architecture, self.seed))
        return tuple(every[number] for number in self.numbers)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of the bugs."""
        return tuple(spot.bug.kind for spot in self.spots)


def plan_of(name: str) -> Plan:
    """Back from a spec's name."""
    architecture, seed, *numbers = name.split("_")
    every = spots(Plan(architecture, int(seed)))
    return Plan(architecture, int(seed), [every[int(number)].bug for number in numbers])


def clean(count: int) -> list[Case]:
    """Of every architecture, without a bug."""
    return [
        Case(ARCHITECTURES[n % len(ARCHITECTURES)], 1000 + n, (), (TORCH, KERAS)[n // 5 % 2])
        for n in range(count)
    ]


def single(count: int) -> list[Case]:
    """With one bug each; every kind comes up before one comes up again, each in an architecture,
    a module and a writing drawn at random."""
    dice = np.random.default_rng(1)
    left: list[str] = []
    found: list[Case] = []
    for n in range(count):
        if not left:
            left = [str(kind) for kind in dice.permutation(_kinds())]
        kind, seed = left.pop(), 2000 + n
        able = [each for each in ARCHITECTURES if _numbers(each, seed, kind)]
        while not able:  # not with the sizes of this seed
            seed += 1000
            able = [each for each in ARCHITECTURES if _numbers(each, seed, kind)]
        architecture = str(dice.choice(able))
        number = int(dice.choice(_numbers(architecture, seed, kind)))
        found.append(Case(architecture, seed, (number,), str(dice.choice((TORCH, KERAS)))))
    return found


def double(count: int) -> list[Case]:
    """With two bugs in different modules, each drawn at random."""
    dice = np.random.default_rng(2)
    found: list[Case] = []
    for n in range(count):
        architecture, seed = ARCHITECTURES[n % len(ARCHITECTURES)], 5000 + n
        every = spots(Plan(architecture, seed))
        one, other = 0, 0
        while every[one].bug.path == every[other].bug.path:
            one, other = (int(number) for number in dice.integers(0, len(every), 2))
        found.append(Case(architecture, seed, (one, other), str(dice.choice((TORCH, KERAS)))))
    return found


def _kinds() -> list[str]:
    found = {
        spot.bug.kind
        for architecture in ARCHITECTURES
        for seed in range(4)
        for spot in spots(Plan(architecture, seed))
    }
    return sorted(found)


def _numbers(architecture: str, seed: int, kind: str) -> list[int]:
    every = spots(Plan(architecture, seed))
    return [number for number, spot in enumerate(every) if spot.bug.kind == kind]
