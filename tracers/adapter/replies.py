"""Messages that the adapter makes itself, and what it says it can do."""

from __future__ import annotations

from typing import Any

from ..protocol.messages import INF, NAN, RAISED, UNCAUGHT

Json = dict[str, Any]

CAPABILITIES: Json = {
    "supportsConfigurationDoneRequest": True,
    "supportsFunctionBreakpoints": True,
    "supportsInstructionBreakpoints": True,
    "supportsConditionalBreakpoints": True,
    "supportsHitConditionalBreakpoints": True,
    "supportsLogPoints": True,
    "supportsDataBreakpoints": True,
    "supportsDisassembleRequest": True,
    "supportsReadMemoryRequest": True,
    "supportsSteppingGranularity": True,
    "supportsStepBack": True,
    "supportsRestartRequest": True,
    "supportsTerminateRequest": True,
    "supportTerminateDebuggee": True,
    "supportsDelayedStackTraceLoading": True,
    "supportsExceptionInfoRequest": True,
    "exceptionBreakpointFilters": [
        {
            "filter": RAISED,
            "label": "Raised errors",
            "description": "Stop wherever an op or module raises, also where the model catches it.",
            "default": False,
        },
        {
            "filter": UNCAUGHT,
            "label": "Uncaught errors",
            "description": "Stop where an op or module raises what no code of the model catches.",
            "default": True,
        },
        {
            "filter": NAN,
            "label": "NaN",
            "description": "Stop behind an op that gives NaN though no op before gave it any.",
            "default": False,
        },
        {
            "filter": INF,
            "label": "Inf",
            "description": "Stop behind an op that gives Inf though no op before gave it any.",
            "default": False,
        },
    ],
    "supportsLoadedSourcesRequest": True,
    "supportsModulesRequest": True,
    "additionalModuleColumns": [{"attributeName": "type", "label": "Class", "type": "string"}],
    "supportsGotoTargetsRequest": True,
    "supportsSetVariable": True,
    "supportsEvaluateForHovers": True,
    "supportsCompletionsRequest": True,
    "completionTriggerCharacters": ["."],
    "supportsCancelRequest": True,
}


def success(request: Json, body: Json | None = None) -> Json:
    """A response that serves `request`."""
    reply: Json = {
        "type": "response",
        "request_seq": request["seq"],
        "command": request["command"],
        "success": True,
    }
    if body is not None:
        reply["body"] = body
    return reply


def refusal(request: Json, code: str, sentence: str) -> Json:
    """A response that refuses `request` with one sentence."""
    variables = {"sentence": sentence, "code": code}
    error = {"id": 1, "format": "{sentence}", "showUser": True, "variables": variables}
    return {
        "type": "response",
        "request_seq": request["seq"],
        "command": request["command"],
        "success": False,
        "message": sentence,
        "body": {"error": error},
    }


def event(name: str, body: Json | None = None) -> Json:
    """An event."""
    made: Json = {"type": "event", "event": name}
    if body is not None:
        made["body"] = body
    return made


def output(text: str, category: str = "important") -> Json:
    """An `output` event."""
    return event("output", {"category": category, "output": text})
