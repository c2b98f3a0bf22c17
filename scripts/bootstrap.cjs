// Sets up the project when needed, then runs a program of it with the project's own Node.js. This is what stands behind
// `npm start`, `npm test` and `npm run check`, so that each of them works in a fresh clone. Plain JavaScript for Node 18
// and newer, without dependencies.
//
//   node scripts/bootstrap.cjs [PROGRAM [ARGUMENT…]]      without a program it only sets up
'use strict';

const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { delimiter, dirname, join } = require('node:path');
const { handOver, projectFolder, suitableNode } = require('./own-node.cjs');

// `npm install` with a lockfile installs what `npm ci` would, with the same checksums. It is used because it also works
// with a registry that lacks the packages of platforms other than this one, where `npm ci` gives up, and because it
// touches only what has changed. No package here needs an install script: all bring their binaries along.
const installArguments = [
  'install',
  '--no-save',
  '--ignore-scripts',
  '--include=dev',
  '--include=optional',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
];

/** What node_modules was made from; it differs as soon as the lockfile does. */
const stampFile = join(projectFolder, 'node_modules', '.understudy-stamp');

function lockfileDigest() {
  return createHash('sha256')
    .update(readFileSync(join(projectFolder, 'package-lock.json')))
    .digest('hex');
}

function fail(message) {
  console.error(`understudy: ${message}`);
  process.exit(1);
}

function installDependencies() {
  const digest = lockfileDigest();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return;
  const why = existsSync(join(projectFolder, 'node_modules')) ? 'have changed' : 'are not installed yet';
  console.error(`understudy: the dependencies ${why}; installing them with npm (about 20 seconds) …`);
  runNpm(process.env.PATH);
  // npm leaves out, without a word, an optional package (a tool's binary) that does not suit the Node.js npm itself runs
  // on. So npm runs again on the one just installed, which is the one that counts; it adds only what is still missing.
  const node = suitableNode();
  if (node !== undefined && node !== process.execPath) runNpm(`${dirname(node)}${delimiter}${process.env.PATH}`);
  writeFileSync(stampFile, digest);
}

function runNpm(path) {
  const environment = { ...process.env, PATH: path };
  const npm = spawnSync('npm', installArguments, { cwd: projectFolder, env: environment, stdio: ['ignore', 2, 2] });
  if (npm.error) fail(`cannot run npm: ${npm.error.message}\nInstall npm 9 or newer and try again.`);
  if (npm.signal) fail(`npm was ended by ${npm.signal}; the dependencies are not complete. Try again.`);
  if (npm.status !== 0) {
    fail(
      `npm could not install the dependencies (exit code ${npm.status}; its own words are above).\n` +
        'Check the network and the registry with `npm ping`, then try again.',
    );
  }
}

installDependencies();
const node = suitableNode();
if (node === undefined) {
  fail(
    `Node.js 24 or newer is needed, this is ${process.version}, and npm brought none for ${process.platform} on ` +
      `${process.arch}.\nInstall Node.js 24 on this machine, then try again.`,
  );
}
const [program, ...programArguments] = process.argv.slice(2);
if (program === undefined) console.error('understudy: the dependencies are installed.');
else handOver(node, [join(projectFolder, program), ...programArguments]);
