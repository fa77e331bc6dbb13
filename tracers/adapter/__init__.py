"""The supervisor between a client and the debuggee; standard library only."""
