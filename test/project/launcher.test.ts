// The `understudy` command on any Node.js: the one that runs the tests, and the one npm was started with, which may be
// older than the project needs.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const projectFolder = join(import.meta.dirname, '../..');
const olderNode = process.env.npm_node_execpath ?? process.execPath;
let folder: string;

/** A project whose command line only tells how it was called, and which needs a package. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy launcher-'));
  for (const path of ['bin', 'scripts/own-node.cjs']) {
    cpSync(join(projectFolder, path), join(folder, path), { recursive: true });
  }
  mkdirSync(join(folder, 'src/cli'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const main = `import 'needed';\nconst called: string[] = process.argv.slice(2);\nconsole.log(called);\nprocess.exitCode = 3;`;
  writeFileSync(join(folder, 'src/cli/main.ts'), main);
});

afterEach(() => rmSync(folder, { recursive: true }));

function installDependencies(): void {
  mkdirSync(join(folder, 'node_modules/needed'), { recursive: true });
  writeFileSync(join(folder, 'node_modules/needed/index.js'), '');
  const bin = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin`);
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, 'node'));
}

describe.each([
  ['the Node.js of the project', process.execPath],
  ['the Node.js npm was started with', olderNode],
])('the launcher on %s', (_name, node) => {
  const launch = (...rest: readonly string[]) =>
    spawnSync(node, [join(folder, 'bin/understudy.js'), ...rest], { encoding: 'utf8' });

  it('hands arguments on and the exit code back', () => {
    installDependencies();
    const { status, stdout, stderr } = launch('run', 'a b.dtcl', '--', '--json');
    expect({ status, stdout, stderr }).toEqual({
      status: 3,
      stdout: "[ 'run', 'a b.dtcl', '--', '--json' ]\n",
      stderr: '',
    });
  });

  it('names the command that sets the project up when it is not', () => {
    const { status, stderr } = launch('status');
    expect(status).toBe(1);
    expect(stderr).toContain('Run this first, in the project folder: npm run setup');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
