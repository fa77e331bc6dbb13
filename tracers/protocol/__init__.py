"""The Debug Adapter Protocol: framing, messages, columnar encoding, refusals."""
