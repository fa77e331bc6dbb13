"""What to try, by the rule that was broken."""

from __future__ import annotations

_BY_RULE = {
    "log-of-zero": "Add a small constant before the log, clamp its input, or use log_softmax or a"
    " loss that takes logits.",
    "log-of-negative": "Clamp the input above 0, or find out why it is negative.",
    "sqrt-of-negative": "Clamp the input at 0: rounding often leaves a variance slightly below.",
    "division-by-zero": "Add a small constant to the divisor, or clamp it away from 0.",
    "zero-over-zero": "Add a small constant to the divisor, or give the op an eps above 0.",
    "exp-overflow": "Subtract the maximum before exp, or use softmax, logsumexp or log1p instead.",
    "negative-to-fraction": "Take the absolute value or clamp the base at 0 before the power.",
    "outside-domain": "Clamp the input to where the function is defined.",
    "pole": "Keep the input away from where the function is infinite.",
    "empty-reduction": "Leave out the empty case, or divide by the count clamped to at least 1.",
    "spread-of-one": "Use correction=0 (unbiased=False), or more than one element.",
    "softmax-all-masked": "Leave one element of each row unmasked, or set such rows to 0 after the"
    " softmax.",
    "softmax-of-inf": "Find out where the Inf comes from; scale or clamp the scores before it.",
    "zero-times-inf": "Choose with where or masked_fill rather than multiplying a mask with Inf.",
    "inf-minus-inf": "Replace the infinities before they meet, by a large finite number.",
    "inf-over-inf": "Scale both sides down before they overflow.",
    "gradient-at-zero": "Add a small constant inside the function, so that it is never taken at 0.",
    "not-kept": "Allow more memory for kept values, or go back to the op, to see its elements.",
    "gradient-at-edge": "Clamp the input slightly inside the edge.",
}
_TWICE = (
    " Where the value is chosen away afterwards, its gradient still is 0 × Inf: choose a harmless"
    " input before the op, too."
)
_NARROW = "Compute this op in float32 (autocast leaves it out), or scale its inputs down."
_WIDE = "Scale the inputs down, or find out why they have grown so large."
_GRADIENTS = "Scale the loss down, clip gradients, or compute this op in float32."


def advice_for(rule: str, backward: bool, chosen_away: bool) -> str:
    """One sentence; a second one where the forward value was chosen away."""
    if rule.endswith("-overflow") and rule not in _BY_RULE:
        if backward:
            return _GRADIENTS
        return _NARROW if rule.startswith(("float16", "float8", "bfloat16")) else _WIDE
    found = _BY_RULE.get(rule, "Look at the op's inputs at this element.")
    return found + _TWICE if chosen_away else found
