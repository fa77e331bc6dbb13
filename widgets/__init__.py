"""Qt widgets that show a run; they know only `tracers.ir`."""
