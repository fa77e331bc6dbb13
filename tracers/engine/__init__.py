"""What both backends share inside the debuggee: gate, recorder, history, request handlers."""
