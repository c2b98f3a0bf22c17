#!/usr/bin/env node
// The `understudy` command. On a Node.js older than 24 it hands over to the project's own; else it goes straight to the
// command line in TypeScript, with what was compiled by earlier starts. Nothing else is loaded here: every command pays for it.

const nodeMajor = Number.parseInt(process.versions.node, 10);

function saySetupIsMissing() {
  console.error(
    'understudy: the dependencies are not installed.\nRun this first, in the project folder: npm run setup',
  );
  process.exitCode = 1;
}

if (nodeMajor >= 24) {
  // Imported only here, because an older Node.js does not have what it uses.
  const { keepCompiled } = await import('./compile-cache.js');
  keepCompiled();
  try {
    await import('../src/cli/main.ts');
  } catch (error) {
    const missingPackage = error.code === 'ERR_MODULE_NOT_FOUND' && error.message.startsWith('Cannot find package');
    if (!missingPackage) throw error;
    saySetupIsMissing();
  }
} else {
  const { fileURLToPath } = await import('node:url');
  const { handOver, suitableNode } = await import('../scripts/own-node.cjs');
  const node = suitableNode();
  if (node === undefined) saySetupIsMissing();
  else handOver(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
}
