"""`opscope samples`."""

from __future__ import annotations

from ...resources.samples.catalogue import samples


def list_samples() -> None:
    """Print the bundled models, one a line."""
    found = samples()
    specs = [f"{sample.spec} {sample.other}".rstrip() for sample in found]
    names = max(map(len, specs), default=0)
    frameworks = max((len(sample.framework) for sample in found), default=0)
    for sample, spec in zip(found, specs, strict=True):
        print(f"{spec:<{names}}  {sample.framework:<{frameworks}}  {sample.about}")
