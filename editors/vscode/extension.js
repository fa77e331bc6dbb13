"use strict";
/** Says which program serves a session of the type "opscope". All else is the adapter's. */

const vscode = require("vscode");

/** The Python that the user has chosen in the Python extension, "" where there is none. */
async function chosenPython(folder) {
  const extension = vscode.extensions.getExtension("ms-python.python");
  if (extension === undefined) {
    return "";
  }
  const api = extension.isActive ? extension.exports : await extension.activate();
  const environments = api && api.environments;
  if (environments === undefined) {
    return "";
  }
  const path = environments.getActiveEnvironmentPath(folder && folder.uri);
  const known = await environments.resolveEnvironment(path);
  return (known && known.executable.uri && known.executable.uri.fsPath) || "";
}

class Adapter {
  async createDebugAdapterDescriptor(session) {
    const folder = session.workspaceFolder;
    const settings = vscode.workspace.getConfiguration("opscope", folder);
    const [program, ...words] = settings.get("adapter", []);
    const shared = session.configuration.join;
    if (shared) {
      words.push("--join", shared);
    }
    const options = folder === undefined ? undefined : { cwd: folder.uri.fsPath };
    if (program) {
      return new vscode.DebugAdapterExecutable(program, words, options);
    }
    const python = settings.get("python", "") || (await chosenPython(folder)) || "python3";
    const own = ["-m", "opscope", "adapter", ...words];
    return new vscode.DebugAdapterExecutable(python, own, options);
  }
}

/** F5 on a file without a launch.json debugs that file. */
class Configurations {
  resolveDebugConfiguration(_folder, configuration) {
    if (configuration.type || configuration.request || configuration.name) {
      return configuration;
    }
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || editor.document.languageId !== "python") {
      return undefined;
    }
    const name = "Opscope: this script";
    return { type: "opscope", request: "launch", name, program: "${file}" };
  }
}

/** A window that shares the session; where none can be opened, the adapter says how to come. */
async function openWindow() {
  const session = vscode.debug.activeDebugSession;
  if (session !== undefined && session.type === "opscope") {
    await session.customRequest("opscope/window");
  }
}

function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("opscope.window", openWindow),
    vscode.debug.registerDebugAdapterDescriptorFactory("opscope", new Adapter()),
    vscode.debug.registerDebugConfigurationProvider("opscope", new Configurations()),
  );
}

module.exports = { activate };
