// The way from a fresh clone to a running program, in a copy of the bootstrap with an npm that only pretends.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scriptsFolder = join(import.meta.dirname, '../../scripts');
const ownNode = `node_modules/node-${process.platform}-${process.arch}/bin/node`;
let folder: string;

/** A clone with nothing installed, and an npm that brings this very Node.js and counts its calls in npm-calls. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-bootstrap-'));
  for (const file of ['bootstrap.cjs', 'own-node.cjs'])
    cpSync(join(scriptsFolder, file), join(folder, 'scripts', file));
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  pretendNpm(
    `echo "$(command -v node) $@" >> npm-calls; mkdir -p $(dirname ${ownNode}); ln -sf ${process.execPath} ${ownNode}`,
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

function pretendNpm(body: string): void {
  mkdirSync(join(folder, 'path'), { recursive: true });
  writeFileSync(join(folder, 'path/npm'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

function program(text: string): string {
  writeFileSync(join(folder, 'program.mjs'), text);
  return 'program.mjs';
}

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${join(folder, 'path')}:${process.env.PATH}` });
const commandLine = (...rest: readonly string[]): string[] => [join(folder, 'scripts/bootstrap.cjs'), ...rest];
const bootstrap = (...rest: readonly string[]) =>
  spawnSync(process.execPath, commandLine(...rest), { encoding: 'utf8', env: environment() });
const npmCalls = (): string[] => readFileSync(join(folder, 'npm-calls'), 'utf8').trimEnd().split('\n');

describe('bootstrap', () => {
  it('installs what is missing, the second time on the Node.js it brought, says so, and runs the program with its arguments', () => {
    const { status, stdout, stderr } = bootstrap(program('console.log(process.argv.slice(2))'), '--source', 'a b', '');
    expect(stderr).toContain('the dependencies are not installed yet; installing them with npm');
    expect(stdout).toBe("[ '--source', 'a b', '' ]\n");
    expect(status).toBe(0);
    expect(npmCalls()).toEqual([
      expect.stringContaining(' install --no-save '),
      expect.stringContaining(`${ownNode} install --no-save `),
    ]);
  });

  it('installs nothing the second time, and again once the lockfile has changed', () => {
    bootstrap();
    expect(bootstrap(program('')).stderr).toBe('');
    expect(npmCalls()).toHaveLength(2);
    writeFileSync(join(folder, 'package-lock.json'), '{ "packages": {} }');
    expect(bootstrap().stderr).toContain('the dependencies have changed');
    expect(npmCalls()).toHaveLength(4);
  });

  it('tells of an npm that fails, without a stack, and tries again the next time', () => {
    pretendNpm('echo "npm error network" >&2; mkdir node_modules; exit 7');
    const { status, stderr } = bootstrap(program('console.log("must not run")'));
    expect(status).toBe(1);
    expect(stderr).toContain('npm error network');
    expect(stderr).toContain('npm could not install the dependencies (exit code 7');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(existsSync(join(folder, 'node_modules/.understudy-stamp'))).toBe(false);
  });

  it('tells when there is no npm', () => {
    const node = join(folder, 'node');
    symlinkSync(process.execPath, node);
    const { status, stderr } = spawnSync(node, commandLine(), { encoding: 'utf8', env: { PATH: folder } });
    expect(status).toBe(1);
    expect(stderr).toContain('cannot run npm');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("ends with the program's exit code", () => {
    expect(bootstrap(program('process.exitCode = 42')).status).toBe(42);
  });

  it('ends by the signal that ended the program', () => {
    expect(bootstrap(program("process.kill(process.pid, 'SIGKILL')")).signal).toBe('SIGKILL');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('passes %s on and lets the program finish', async (signal) => {
    const listener = `process.on('${signal}', () => process.exit(9)); setInterval(() => {}, 1000); console.log('ready')`;
    const child: ChildProcess = spawn(process.execPath, commandLine(program(listener)), {
      env: environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await once(child.stdout ?? child, 'data');
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([9, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
