"""Commands without a window: trace and samples."""
