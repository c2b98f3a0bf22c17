#!/usr/bin/env node
// The `understudy` command of a build: dist/understudy.cjs. It hands over as bin/understudy.js does for a clone, and loads
// the same command line from the chunk beside it.
'use strict';

const { keepCompiled } = require('../../bin/compile-cache.js');

if (Number.parseInt(process.versions.node, 10) >= 24) {
  keepCompiled();
  require('../../src/cli/main.ts');
} else {
  const { handOver, suitableNode } = require('../own-node.cjs');
  const node = suitableNode();
  if (node !== undefined) handOver(node, process.argv.slice(1));
  else {
    console.error(`understudy: Node.js 24 or newer is needed, this is ${process.version}.\nInstall Node.js 24.`);
    process.exitCode = 1;
  }
}
