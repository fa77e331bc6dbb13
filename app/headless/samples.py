"""`opscope samples`."""

from __future__ import annotations

from ...resources.samples.catalogue import samples


def list_samples() -> None:
    """Print the bundled models, one a line."""
    found = samples()
    names = max((len(sample.spec) for sample in found), default=0)
    frameworks = max((len(sample.framework) for sample in found), default=0)
    for sample in found:
        print(f"{sample.spec:<{names}}  {sample.framework:<{frameworks}}  {sample.about}")
