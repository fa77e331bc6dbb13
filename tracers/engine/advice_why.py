"""What to try about a value that is 0, constant or large, by the cause."""

from __future__ import annotations

_BY_RULE = {
    "relu-dead": "Nothing comes through and no gradient goes back: lower the learning rate, look at"
    " the bias and the weights before it, or use leaky_relu.",
    "relu-cut": "",
    "dropout": "It is dropped in training alone; call eval() to see the value without dropout.",
    "masked": "",
    "padding": "",
    "zero-weight": "Look at how the weights were initialised, and whether a checkpoint was loaded.",
    "zero-input": "Look at what is given to the model.",
    "zero-buffer": "Look at where the buffer is written; nothing in this run has made it.",
    "saturated": "Scale the input down or normalize it; saturated functions pass no gradient on.",
    "no-spread": "A row without spread carries nothing: look at why its elements are equal.",
    "empty": "Leave out the empty case.",
    "one-element": "Take the softmax along another axis; over one element it is always 1.",
    "bias-only": "Look at why the input does not count: the value is the bias alone.",
    "clamped": "Look at the bound, or at why the input lies outside it.",
    "exp": "Subtract the maximum before exp, or compute in the log.",
    "division": "Add a small constant to the divisor, or clamp it away from 0.",
    "unscaled-product": "Divide the scores by √(size of the last axis), as attention does.",
    "residuals": "Normalize what is added, or the sum; scale the branches down.",
    "no-normalization": "Put a normalization between the products, or initialise with less gain.",
    "large-weight": "Look at the weights: weight decay, clipping, or how they were initialised.",
    "large-input": "Normalize the inputs before the model.",
    "large-parameter": "Look at how the parameter was initialised, or what has made it grow.",
    "power": "Scale the input down before the power.",
    "sum": "Take the mean, or divide by the count.",
    "not-kept": "Allow more memory for kept values, or go back to the op, to see its elements.",
}
_UNDERFLOW = "Compute this op in float32, or scale its inputs up."


def advice_for(rule: str) -> str:
    """One sentence, "" where there is nothing to say."""
    if rule.endswith("-underflow"):
        return _UNDERFLOW if "16" in rule or "float8" in rule else ""
    return _BY_RULE.get(rule, "")
