"""Models on other machines: hosts, the line to them through ssh, and what is sent there. No Qt."""
