// The project's own Node.js, and how to hand this process over to it. Plain JavaScript for Node 18 and newer, without
// dependencies: it runs before anything is installed, on whatever Node a machine happens to have.
//
// The Node.js of the packages `node-linux-*` is the very file the npm package `node` would fetch in an install script;
// taking them directly keeps it in the lockfile with its checksum, and works where npm runs no install scripts.
'use strict';

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const projectFolder = join(__dirname, '..');
const nodeMajorMin = 24;

/**
 * The path of a Node.js new enough for the project: its own, else the running one, else undefined. npm may install it beside
 * the project, so it is looked for wherever packages are.
 */
function suitableNode() {
  const executable = join(`node-${process.platform}-${process.arch}`, 'bin', 'node');
  const places = (require.resolve.paths(executable) ?? []).map((folder) => join(folder, executable));
  const own = places.find((place) => existsSync(place));
  if (own !== undefined) return own;
  return Number.parseInt(process.versions.node, 10) >= nodeMajorMin ? process.execPath : undefined;
}

/**
 * Runs a program in this one's place: same terminal, same signals, same end. A Ctrl-C at a terminal reaches the child
 * by itself, as one of the terminal's foreground group; passing it on would make two of it.
 */
function handOver(program, programArguments) {
  const child = spawn(program, programArguments, { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) {
    process.on(signal, () => {
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  child.on('error', (error) => {
    console.error(`understudy: cannot start ${program}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const one of signals) process.removeAllListeners(one);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}

module.exports = { handOver, projectFolder, suitableNode };
