"""Two runs beside each other in the window: asked for, run, shown."""
