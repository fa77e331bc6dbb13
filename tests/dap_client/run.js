"use strict";
/**
 * node run.js PLAN: one session over a real model, check by check.
 *
 * The plan is a JSON file: "program" (the command `opscope`), "transcript" (where the messages go),
 * "results" (where what came of each check goes), "checks" (a file beside this one), and what that
 * file's checks need. The first check that fails ends the session, since the rest build on it.
 */

const fs = require("fs");
const path = require("path");
const { Client } = require("./client");

async function main() {
  const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
  const checks = require(path.join(__dirname, plan.checks));
  const client = new Client(plan.program, plan.transcript);
  const results = {};
  await client.start();
  try {
    for (const [name, check] of Object.entries(checks)) {
      results[name] = "did not end";
      await check(client, plan);
      results[name] = "";
    }
  } catch (error) {
    const name = Object.keys(results).pop();
    results[name] = error.stack;
  } finally {
    fs.writeFileSync(plan.results, JSON.stringify(results));
    await client.stop();
  }
}

// A wait that is given up is told by whoever waits; one that nobody waits for any more is over.
process.on("unhandledRejection", () => undefined);

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
