// What a start costs is what it loads, so that is what is looked at: time would depend on the machine.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const program = join(import.meta.dirname, '../../bin/understudy.js');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-start-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a script in a process of its own, with its cache in `folder`; the names of all modules that were loaded. */
function loadedBy(script: string): readonly string[] {
  const file = join(folder, 'script.dtcl');
  writeFileSync(file, script);
  const list = join(folder, 'loaded');
  const hook = join(folder, 'hook.mjs');
  writeFileSync(
    hook,
    `import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
registerHooks({ load: (url, context, next) => (appendFileSync(${JSON.stringify(list)}, url + '\\n'), next(url, context)) });`,
  );
  const words = ['--import', hook, program, 'run', file, '--home', join(folder, 'home')];
  const { NODE_COMPILE_CACHE: _, ...environment } = process.env;
  const { status, stderr } = spawnSync(process.execPath, words, {
    encoding: 'utf8',
    env: { ...environment, XDG_CACHE_HOME: join(folder, 'cache') },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return readFileSync(list, 'utf8').trim().split('\n');
}

const compiled = (): string => join(folder, 'cache/understudy/compiled');

describe('a run', () => {
  it('without a command loads none of what only commands need', () => {
    const loaded = loadedBy('WRITE "ready"');
    expect(loaded.some((one) => one.includes('/language/parser/'))).toBe(true);
    const heavy =
      /\/(koffi|zod|pino|hono|dns-packet|isolated-vm|lodash-es)\/|\/src\/(engine|api|simulator)\/|command-host/;
    expect(loaded.filter((one) => heavy.test(one))).toEqual([]);
    expect(loaded.length).toBeLessThan(250);
  });

  it('of a script in which nothing stands does without the language', () => {
    const loaded = loadedBy('# nothing yet\n');
    expect(loaded.filter((one) => /\/language\/(lexer|parser|interpreter)\/|chevrotain/.test(one))).toEqual([]);
    expect(loaded.length).toBeLessThan(80);
  });

  it('keeps what was compiled, for this account alone', () => {
    loadedBy('WRITE "ready"');
    expect(readdirSync(compiled())).toHaveLength(1);
    expect(statSync(compiled()).mode & 0o777).toBe(0o700);
  });

  it('keeps nothing where others could write, and needs no cache', () => {
    mkdirSync(compiled(), { recursive: true });
    chmodSync(compiled(), 0o777);
    loadedBy('WRITE "ready"');
    expect(readdirSync(compiled())).toEqual([]);
    rmSync(join(folder, 'cache'), { recursive: true });
    writeFileSync(join(folder, 'cache'), 'no folder');
    loadedBy('WRITE "ready"');
  });
});
