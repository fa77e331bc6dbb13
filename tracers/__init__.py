"""All that runs beside the model, and the data and protocol it shares with the window; no Qt."""
