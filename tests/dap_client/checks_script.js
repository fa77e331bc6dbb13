"use strict";
/** A plain script, which knows nothing of any debugger. */

const assert = require("assert");

module.exports = {
  async "launches, and stops before the first op of the first model"(client, plan) {
    await client.initializeRequest();
    const stopped = client.waitForEvent("stopped");
    const launched = client.launchRequest(plan.script);
    const filters = { filters: ["uncaught"] };
    await client.setExceptionBreakpointsRequest(filters);
    await client.configurationDoneRequest();
    await launched;
    assert.strictEqual((await stopped).body.reason, "entry");
    const [top] = await client.frames();
    assert.deepStrictEqual([top.source.path, top.line], [plan.file, plan.lines.step]);
    assert.match(client.said("stdout"), /^started with one two\n/);
  },

  async "stops on a line in a later call, and shows what is there"(client, plan) {
    const breakpoints = [{ line: plan.lines.step, condition: "inputs[0].max() > 1" }];
    const source = { path: plan.file };
    const set = await client.setBreakpointsRequest({ source, breakpoints });
    assert.ok(set.body.breakpoints[0].verified);
    const stop = await client.move("continue");
    assert.strictEqual(stop.reason, "breakpoint");
    assert.match(client.said("stdout"), /round 1\n/);
    assert.strictEqual(Number(await client.evaluate("inputs[0].max()")), 2);
    const [top] = await client.frames();
    const scopes = await client.scopes(top);
    const [input] = await client.variables(scopes.Inputs.variablesReference);
    const body = { variablesReference: scopes.Inputs.variablesReference, name: input.name };
    await assert.rejects(client.setVariableRequest({ ...body, value: "1" }), /is not .*edited|goes on/);
    const place = { source, line: plan.lines.step };
    assert.deepStrictEqual((await client.gotoTargetsRequest(place)).body.targets, []);
    await client.setBreakpointsRequest({ source, breakpoints: [] });
  },

  async "steps and goes back as ever"(client) {
    const here = (await client.frames())[0].instructionPointerReference;
    await client.step("next");
    assert.notStrictEqual((await client.frames())[0].instructionPointerReference, here);
    await client.step("stepBack");
    assert.strictEqual((await client.frames())[0].instructionPointerReference, here);
  },

  async "ends as the script ends"(client) {
    const ended = Promise.all([client.waitForEvent("exited"), client.waitForEvent("terminated")]);
    await client.continueRequest({ threadId: 1 });
    const [exited] = await ended;
    assert.strictEqual(exited.body.exitCode, 3);
    assert.match(client.said("stdout"), /round 2\n.*done\n$/s);
    await client.disconnectRequest({});
  },
};
