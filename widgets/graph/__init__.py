"""The graph view: model, nested layout, canvas, minimap, gestures, accessibility."""
