"""The run: op list, scopes, timeline, breakpoints."""
