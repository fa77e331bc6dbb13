"use strict";
/** The test client of VS Code's debug adapters, which keeps every message of its session. */

const fs = require("fs");
const { DebugClient } = require("@vscode/debugadapter-testsupport");

const PATIENCE = 60000; // milliseconds; a framework's first import can take long

class Client extends DebugClient {
  constructor(program, transcript) {
    super(program, "adapter", "opscope", undefined, true);
    this.defaultTimeout = PATIENCE;
    this.events = [];
    this._transcript = fs.openSync(transcript, "w");
  }

  /** As the library's, with an ear on both directions. */
  connect(readable, writable) {
    const write = writable.write.bind(writable);
    writable.write = (data, ...rest) => {
      this._keep(data.slice(data.indexOf("\r\n\r\n") + 4));
      return write(data, ...rest);
    };
    super.connect(readable, writable);
  }

  dispatch(body) {
    this._keep(body);
    const message = JSON.parse(body);
    if (message.type === "event") {
      this.events.push(message);
    }
    super.dispatch(body);
  }

  _keep(body) {
    fs.writeSync(this._transcript, body.replace(/\n/g, " ") + "\n");
  }

  /** Send a command that lets the model or the cursor move; the body of the stop it leads to. */
  async move(command, args = {}) {
    const stopped = this.waitForEvent("stopped");
    await this.send(command, { threadId: 1, ...args });
    return (await stopped).body;
  }

  /** The same, op by op. */
  step(command) {
    return this.move(command, { granularity: "instruction" });
  }

  async frames() {
    return (await this.stackTraceRequest({ threadId: 1 })).body.stackFrames;
  }

  /** The scopes of a frame, by name. */
  async scopes(frame) {
    const { scopes } = (await this.scopesRequest({ frameId: frame.id })).body;
    return Object.fromEntries(scopes.map((scope) => [scope.name, scope]));
  }

  async variables(variablesReference, page = {}) {
    return (await this.variablesRequest({ variablesReference, ...page })).body.variables;
  }

  async evaluate(expression) {
    return (await this.evaluateRequest({ expression, context: "repl" })).body.result;
  }

  said(category) {
    const outputs = this.events.filter((event) => event.event === "output");
    const wanted = outputs.filter((event) => event.body.category === category);
    return wanted.map((event) => event.body.output).join("");
  }
}

module.exports = { Client };
