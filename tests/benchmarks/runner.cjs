// Runs a Node handler as Lambda does, and reports its CPU time: FOLDER HANDLER EVENT EVENTS.
// It prints to file descriptor 3, and waits for a line on standard input before each step.
"use strict";

const fs = require("node:fs");

const [folder, handlerName, eventFile, events] = process.argv.slice(2);

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function step(report) {
  fs.writeSync(3, `${report}\n`);
  fs.readSync(0, Buffer.alloc(1));
}

async function main() {
  let handler;
  let event;
  if (handlerName) {
    const [moduleName, name] = handlerName.split(".");
    handler = require(`${folder}/${moduleName}.js`)[name];
    event = JSON.parse(fs.readFileSync(eventFile, "utf8"));
  }
  step(cpuSeconds());
  if (handler) await handler(event, {});
  step(cpuSeconds());
  const seconds = [];
  if (handler) {
    for (let count = 0; count < Number(events); count++) {
      const started = cpuSeconds();
      await handler(event, {});
      seconds.push(cpuSeconds() - started);
    }
  }
  step(seconds.join(" "));
}

main();
