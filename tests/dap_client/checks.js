"use strict";
/** What an editor asks of a session, in the order in which a user would. */

const assert = require("assert");

// What is announced, and checked below.
const SUPPORTED = [
  "supportsConfigurationDoneRequest",
  "supportsFunctionBreakpoints",
  "supportsInstructionBreakpoints",
  "supportsConditionalBreakpoints",
  "supportsHitConditionalBreakpoints",
  "supportsLogPoints",
  "supportsDataBreakpoints",
  "supportsDisassembleRequest",
  "supportsReadMemoryRequest",
  "supportsSteppingGranularity",
  "supportsStepBack",
  "supportsRestartRequest",
  "supportsTerminateRequest",
  "supportTerminateDebuggee",
  "supportsDelayedStackTraceLoading",
  "supportsExceptionInfoRequest",
  "supportsLoadedSourcesRequest",
  "supportsModulesRequest",
  "supportsGotoTargetsRequest",
  "supportsSetVariable",
  "supportsEvaluateForHovers",
  "supportsCompletionsRequest",
  "supportsCancelRequest",
];

const last = (items) => items[items.length - 1];

async function functionBreakpoints(client, ...breakpoints) {
  const { body } = await client.setFunctionBreakpointsRequest({ breakpoints });
  return body.breakpoints;
}

async function lineBreakpoints(client, plan, ...breakpoints) {
  const { body } = await client.setBreakpointsRequest({ source: { path: plan.file }, breakpoints });
  return body.breakpoints;
}

/** The op that the run stands before, or has just gone past where it stands behind one. */
async function topFrame(client) {
  return (await client.frames())[0];
}

const checks = {
  async "says what it can do"(client) {
    const { body } = await client.initializeRequest({
      clientID: "test",
      adapterID: "opscope",
      linesStartAt1: true,
      columnsStartAt1: true,
      pathFormat: "path",
      supportsVariableType: true,
      supportsVariablePaging: true,
      supportsProgressReporting: true,
      supportsInvalidatedEvent: true,
      supportsMemoryReferences: true,
    });
    const told = Object.keys(body).filter((name) => name.startsWith("support"));
    assert.deepStrictEqual(told.sort(), [...SUPPORTED].sort());
    assert.ok(told.every((name) => body[name] === true));
    const filters = body.exceptionBreakpointFilters.map((row) => row.filter);
    assert.deepStrictEqual(filters, ["raised", "uncaught", "nan", "inf"]);
  },

  async "launches and stops before the first op"(client, plan) {
    const stopped = client.waitForEvent("stopped");
    const launched = client.launchRequest(plan.build);
    const before = await lineBreakpoints(client, plan, { line: plan.lines.second });
    assert.strictEqual(before[0].verified, false, "the model is not there yet");
    await client.setExceptionBreakpointsRequest({ filters: [] });
    await client.configurationDoneRequest();
    await launched;
    assert.strictEqual((await stopped).body.reason, "entry");
    const changed = client.events.filter((event) => event.event === "breakpoint").map((e) => e.body);
    const mine = changed.find((body) => body.breakpoint.id === before[0].id);
    assert.ok(mine.breakpoint.verified, "now it is");
    const { threads } = (await client.threadsRequest()).body;
    assert.deepStrictEqual(threads.map((thread) => thread.id), [1]);
  },

  async "tells of its progress"(client) {
    const told = client.events.filter((event) => event.event.startsWith("progress"));
    assert.strictEqual(told[0].event, "progressStart");
    assert.strictEqual(last(told).event, "progressEnd");
    const updates = told.filter((event) => event.event === "progressUpdate");
    assert.ok(updates.some((event) => event.body.message === "Drawing the map"));
    assert.ok(told.every((event) => event.body.progressId === told[0].body.progressId));
  },

  async "steps into what a line calls, and out"(client, plan) {
    const inside = async () => (await client.frames()).map((frame) => frame.name.split(" ")[0]);
    await client.move("stepIn");
    assert.ok((await inside()).includes("first"));
    assert.ok((await client.frames()).some((frame) => frame.line === plan.lines.dense));
    await client.move("stepOut");
    assert.ok(!(await inside()).includes("first"));
    await client.step("stepBack");
  },

  async "stops on a line"(client, plan) {
    const stop = await client.move("continue");
    assert.strictEqual(stop.reason, "breakpoint");
    await lineBreakpoints(client, plan);
    const frames = await client.frames();
    assert.ok(frames.some((frame) => frame.name.startsWith("second")));
    assert.ok(frames.every((frame) => frame.source.path === plan.file));
    assert.strictEqual(frames[0].line, plan.lines.dense, "the line's first op is in what it calls");
  },

  async "steps by line"(client, plan) {
    await client.move("next");
    assert.strictEqual((await topFrame(client)).line, plan.lines.relu);
  },

  async "steps by op, and shows modules as frames"(client, plan) {
    await client.step("stepBack");
    assert.strictEqual((await topFrame(client)).line, plan.lines.dense);
    const [set] = await functionBreakpoints(client, { name: plan.ops.relu });
    const stop = await client.move("continue");
    assert.deepStrictEqual(stop.hitBreakpointIds, [set.id]);
    await functionBreakpoints(client);
    const frames = await client.frames();
    assert.strictEqual(frames[0].name, plan.ops.relu);
    assert.ok(frames.some((frame) => frame.name.startsWith("second") && frame.moduleId === "second"));
    assert.strictEqual(last(frames).moduleId, ".");
    const { modules, totalModules } = (await client.send("modules", { startModule: 0 })).body;
    assert.strictEqual(modules.length, totalModules);
    const second = modules.find((row) => row.id === "second");
    assert.strictEqual(second.type, "Block");
    const paged = (await client.stackTraceRequest({ threadId: 1, startFrame: 1, levels: 1 })).body;
    assert.deepStrictEqual([paged.stackFrames.length, paged.totalFrames], [1, frames.length]);
    assert.strictEqual(paged.stackFrames[0].name, frames[1].name);
  },

  async "shows values, by pages, and their memory"(client) {
    const scopes = await client.scopes(await topFrame(client));
    const [input] = await client.variables(scopes.Inputs.variablesReference);
    assert.match(input.value, /^float32\[2×4\]/);
    assert.strictEqual(input.indexedVariables, 2);
    const [row] = await client.variables(input.variablesReference, { start: 1, count: 1 });
    assert.strictEqual(row.name, "[1]");
    const page = await client.variables(row.variablesReference, { start: 2, count: 2 });
    assert.deepStrictEqual(page.map((item) => item.name), ["[2]", "[3]"]);
    const { memoryReference } = input;
    const { body } = await client.send("readMemory", { memoryReference, count: 32 });
    const bytes = Buffer.from(body.data, "base64");
    assert.strictEqual(bytes.length, 32);
    assert.ok(Math.abs(bytes.readFloatLE(6 * 4) - Number(page[0].value)) < 1e-4);
    const data = { memoryReference, offset: 24, count: 4 };
    const part = Buffer.from((await client.send("readMemory", data)).body.data, "base64");
    assert.ok(part.equals(bytes.subarray(24, 28)));
  },

  async "evaluates, completes and cancels"(client, plan) {
    const text = "maximum(inputs[0], 0).max()";
    const known = Number(await client.evaluate(text));
    assert.ok(known > 0, "the input of relu has something above 0");
    const offered = await client.completionsRequest({ text: "input", column: 6 });
    assert.ok(offered.body.targets.some((target) => target.label === "inputs"));
    await assert.rejects(client.evaluate("nothing_of_the_kind + 1"), /nothing_of_the_kind/);
    const number = client.sequence;
    const answer = client.evaluateRequest({ expression: plan.slow, context: "repl" });
    const cancelled = client.send("cancel", { requestId: number });
    await assert.rejects(answer, /^Error: cancelled$/);
    await cancelled;
    assert.strictEqual(Number(await client.evaluate(text)), known, "the next is answered as ever");
  },

  async "sets a value, and an element of one"(client) {
    const set = async (at, name, value) => {
      const body = { variablesReference: at, name, value };
      return (await client.setVariableRequest(body)).body;
    };
    const inputs = async () => {
      const scopes = await client.scopes(await topFrame(client));
      return client.variables(scopes.Inputs.variablesReference);
    };
    let renewed = client.waitForEvent("invalidated");
    let scopes = await client.scopes(await topFrame(client));
    const [input] = await inputs();
    scopes = await client.scopes(await topFrame(client));
    const told = await set(scopes.Inputs.variablesReference, input.name, "x * 0 + 3");
    assert.match(told.value, /^float32\[2×4\] 3 … 3/);
    await renewed;
    const [changed] = await inputs();
    assert.match(changed.value, /^float32\[2×4\] 3 … 3/);
    const [, row] = await client.variables(changed.variablesReference);
    renewed = client.waitForEvent("invalidated");
    assert.strictEqual((await set(row.variablesReference, "[2]", "7.5")).value, "7.5");
    await renewed;
    const before = await topFrame(client);
    scopes = await client.scopes(before);
    await assert.rejects(set(scopes.Inputs.variablesReference, "nothing", "1"), /can be set/);
    const [third] = await inputs();
    const [, line] = await client.variables(third.variablesReference);
    await assert.rejects(set(line.variablesReference, "[2]", "x * 2"), /set to a number/);
    await client.step("next");
    scopes = await client.scopes(await topFrame(client));
    const [output] = await client.variables(scopes["Outputs of the last op"].variablesReference);
    assert.match(output.value, /^float32\[2×4\] 3 … 7\.5/, "relu has read what was set");
  },

  async "takes conditions, hit counts and log points"(client, plan) {
    const line = plan.lines.loop;
    const condition = "inputs[0].max() > 2.5";
    const logMessage = "tanh reads {inputs[0].shape}";
    await functionBreakpoints(
      client,
      { name: plan.ops.tanh, hitCondition: "2" },
      { name: plan.ops.tanh, condition },
    );
    const first = await client.move("continue");
    assert.strictEqual(first.hitBreakpointIds.length, 1);
    assert.strictEqual((await topFrame(client)).name, plan.ops.tanh);
    const log = await lineBreakpoints(client, plan, { line, logMessage });
    assert.ok(log[0].verified);
    const second = await client.move("continue");
    assert.notDeepStrictEqual(second.hitBreakpointIds, first.hitBreakpointIds);
    assert.ok(Number(await client.evaluate("inputs[0].max()")) > 2.5);
    assert.match(client.said("console"), /^tanh reads /m);
    await functionBreakpoints(client);
    await lineBreakpoints(client, plan);
  },

  async "goes back, and goes to where it was"(client, plan) {
    const here = (await topFrame(client)).instructionPointerReference;
    await client.step("stepBack");
    const earlier = await topFrame(client);
    assert.notStrictEqual(earlier.instructionPointerReference, here);
    await functionBreakpoints(client, { name: plan.ops.relu });
    await client.move("reverseContinue");
    assert.strictEqual((await topFrame(client)).name, plan.ops.relu);
    await functionBreakpoints(client);
    const place = { source: { path: plan.file }, line: plan.lines.loop };
    const { targets } = (await client.gotoTargetsRequest(place)).body;
    assert.ok(targets.length >= 1);
    const stop = await client.move("goto", { targetId: last(targets).id });
    assert.strictEqual(stop.reason, "goto");
    const top = await topFrame(client);
    assert.strictEqual(top.line, plan.lines.loop);
    const ahead = { source: { path: plan.file }, line: plan.lines.nan };
    assert.deepStrictEqual((await client.gotoTargetsRequest(ahead)).body.targets, []);
  },

  async "lists ops, and stops at one by its address"(client, plan) {
    const { instructionPointerReference } = await topFrame(client);
    const asked = {
      memoryReference: instructionPointerReference,
      instructionOffset: -2,
      instructionCount: 40,
    };
    const { instructions } = (await client.disassembleRequest(asked)).body;
    assert.strictEqual(instructions[2].address, instructionPointerReference);
    const log = instructions.find((row) => row.instruction.split(" ")[0] === plan.ops.log);
    assert.strictEqual(log.line, plan.lines.nan);
    const breakpoints = [{ instructionReference: log.address }];
    const set = await client.send("setInstructionBreakpoints", { breakpoints });
    assert.ok(set.body.breakpoints[0].verified);
    const stop = await client.move("continue");
    assert.strictEqual(stop.reason, "instruction breakpoint");
    assert.strictEqual((await topFrame(client)).instructionPointerReference, log.address);
    await client.send("setInstructionBreakpoints", { breakpoints: [] });
  },

  async "stops where NaN comes up"(client, plan) {
    await client.setExceptionBreakpointsRequest({ filters: ["nan", "inf"] });
    const stop = await client.move("continue");
    assert.strictEqual(stop.reason, "exception");
    assert.match(stop.text, /^NaN comes up at /);
    const info = (await client.exceptionInfoRequest({ threadId: 1 })).body;
    assert.deepStrictEqual([info.exceptionId, info.breakMode], ["NaN", "always"]);
    assert.ok(info.description.includes(plan.ops.log));
    const scopes = await client.scopes(await topFrame(client));
    const [output] = await client.variables(scopes["Outputs of the last op"].variablesReference);
    assert.match(output.value, /8 NaN/);
    await client.setExceptionBreakpointsRequest({ filters: ["raised"] });
  },

  async "watches a value"(client, plan) {
    const asked = { name: `absmax>1e5 @ ${plan.ops.sum}` };
    const { dataId, description } = (await client.dataBreakpointInfoRequest(asked)).body;
    assert.ok(dataId && description);
    const set = await client.setDataBreakpointsRequest({ breakpoints: [{ dataId }] });
    assert.ok(set.body.breakpoints[0].verified);
    const stop = await client.move("continue");
    assert.strictEqual(stop.reason, "data breakpoint");
    assert.match(stop.description, /\|x\| > 100000/);
    await client.setDataBreakpointsRequest({ breakpoints: [] });
    const nothing = (await client.dataBreakpointInfoRequest({ name: "nothing" })).body;
    assert.strictEqual(nothing.dataId, null);
  },

  async "shows the sources of the run"(client, plan) {
    const { sources } = (await client.send("loadedSources", {})).body;
    assert.ok(sources.some((source) => source.path === plan.file));
    const text = await client.sourceRequest({ source: { path: plan.file }, sourceReference: 0 });
    assert.match(text.body.content, /class Block/);
  },

  async "runs to its end"(client) {
    const ended = Promise.all([client.waitForEvent("exited"), client.waitForEvent("terminated")]);
    await client.continueRequest({ threadId: 1 });
    const [exited] = await ended;
    assert.strictEqual(exited.body.exitCode, 0);
    await assert.rejects(client.nextRequest({ threadId: 1 }), /Restart to run again/);
  },

  async "restarts with a model that runs on and on, and pauses it"(client, plan) {
    const entry = client.waitForEvent("stopped");
    await client.restartRequest({ arguments: plan.endless });
    assert.strictEqual((await entry).body.reason, "entry");
    const stopped = client.waitForEvent("stopped");
    await client.continueRequest({ threadId: 1 });
    await client.pauseRequest({ threadId: 1 });
    assert.strictEqual((await stopped).body.reason, "pause");
    assert.strictEqual((await topFrame(client)).source.path, plan.file);
  },

  async "terminates it"(client) {
    const ended = Promise.all([client.waitForEvent("exited"), client.waitForEvent("terminated")]);
    await client.terminateRequest({});
    await ended;
  },

  async "stops at an error, and ends with it"(client, plan) {
    const entry = client.waitForEvent("stopped");
    await client.restartRequest({ arguments: plan.fails });
    await entry;
    const stop = await client.move("continue");
    assert.strictEqual(stop.reason, "exception");
    const info = (await client.exceptionInfoRequest({ threadId: 1 })).body;
    assert.strictEqual(info.exceptionId, plan.error);
    assert.strictEqual((await topFrame(client)).line, plan.lines.fails);
    const ended = client.waitForEvent("exited");
    await client.continueRequest({ threadId: 1 });
    assert.strictEqual((await ended).body.exitCode, 1);
    assert.match(client.said("stderr"), new RegExp(plan.error));
    await client.disconnectRequest({});
  },
};

module.exports = checks;
