// What a hostile script can do to a server: nothing. Each attack is stopped or refused with a reason, its process is gone,
// and the next task runs.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { JavaScriptSandbox } from '../../src/platform/javascript/javascript-sandbox.ts';
import type { JavaScriptEnd, JavaScriptRequest, RunningJavaScript } from '../../src/ports/javascript.ts';
import { describeJavaScript, endlessScript, scriptRequest } from '../ports/javascript-conformance.ts';
import { isRoot } from '../ports/small-file-system.ts';
import { isAlive, sandboxProcesses } from './processes.ts';

const javascript = new JavaScriptSandbox();
const limits = { memoryMiB: 32, processorSeconds: 10, wallMs: 60_000 };

/** What runs until a test ends it. */
const open: RunningJavaScript[] = [];

async function startEndless(): Promise<RunningJavaScript> {
  const running = await javascript.start(scriptRequest(endlessScript));
  open.push(running);
  return running;
}

async function endOf(body: string, more: Partial<JavaScriptRequest> = {}): Promise<JavaScriptEnd> {
  const running = await javascript.start(scriptRequest(body, { limits, ...more }));
  return running.ended;
}

async function resultOf(body: string, more: Partial<JavaScriptRequest> = {}): Promise<unknown> {
  const end = await endOf(body, more);
  return end.outcome === 'finished' ? end.result : end;
}

describeJavaScript('in a process of its own', javascript);

afterEach(async () => {
  for (const one of open) one.kill();
  await Promise.all(open.splice(0).map((one) => one.ended));
  expect(sandboxProcesses(process.pid).map((one) => one.processId)).toEqual([]);
});

describe('a script is stopped that', () => {
  const noTime = { outcome: 'stopped', reason: 'it used more than 1 s of processor time' };
  const noMemory = { outcome: 'stopped', reason: 'it used more than 32 MiB of memory' };
  const broken = { outcome: 'stopped', reason: expect.stringMatching(/broke down \(SIG\w+\), as it does for want of/) };
  const flooded = { outcome: 'stopped', reason: 'it logged more than 65536 characters' };
  const thrown = (message: string) => ({
    outcome: 'failed',
    problem: { message, line: 1, column: expect.any(Number) },
  });

  it.each([
    ['loops for ever', 'for (;;);', noTime],
    ['feeds the queue of microtasks for ever', 'for (;;) await null;', noTime],
    ['backtracks for ever', '/^(a+)+$/.test("a".repeat(50) + "b")', noTime],
    ['allocates without end', 'const all = []; for (;;) all.push(new Array(1000).fill(1));', noMemory],
    ['takes an array of half a gigabyte', 'return "x".repeat(5e8).split("").length', broken],
    ['floods the log with long lines', 'for (;;) log("x".repeat(10000));', flooded],
    [
      'fills buffers',
      'const all = []; for (;;) all.push(new ArrayBuffer(1e6));',
      thrown('RangeError: Array buffer allocation failed'),
    ],
    ['doubles a string', 'let s = "x"; for (;;) s += s;', thrown('RangeError: Invalid string length')],
    ['recurses without end', 'const f = () => f(); f();', thrown('RangeError: Maximum call stack size exceeded')],
  ])('%s', async (_, body, end) => {
    const processorSeconds = end === noTime ? 1 : 10;
    expect(await endOf(body, { limits: { ...limits, processorSeconds }, run: async () => null })).toEqual(end);
  });

  it('waits for ever', async () => {
    const end = await endOf(endlessScript, { limits: { ...limits, wallMs: 1000 } });
    expect(end).toEqual({ outcome: 'stopped', reason: 'it took longer than 1 s' });
  });
});

describe('a script finds', () => {
  it('nothing of Node.js, and no way to it by constructors', async () => {
    const names = ['process', 'require', 'module', 'Buffer', 'global', 'WebAssembly', 'SharedArrayBuffer', 'Atomics'];
    const attempts = [
      ...names.map((name) => `typeof ${name}`),
      'log.constructor("return typeof process")()',
      'run.constructor("return typeof process")()',
      '(async () => 1).constructor("return typeof process")()',
      '({}).constructor.constructor("return typeof process")()',
      'task.constructor.constructor("return typeof process")()',
      'globalThis.constructor.constructor("return typeof process")()',
      '(() => { try { null.x } catch (e) { return e.constructor.constructor("return typeof process")() } })()',
      'eval("typeof process")',
      'Reflect.ownKeys(globalThis).some((name) => name.includes("ivm"))',
      'log.caller === undefined || log.caller === null',
    ];
    const body = `const out = [];
      for (const attempt of ${JSON.stringify(attempts)}) {
        try { out.push(await (0, eval)(attempt)) } catch (e) { out.push(e.name) }
      }
      return out;`;
    const found = (await resultOf(body)) as unknown[];
    expect(found.slice(0, names.length + 8)).toEqual(Array(names.length + 8).fill('undefined'));
    expect(found[names.length + 8]).toBe(false);
    expect(
      await resultOf(
        'return import("node:fs").then(() => "loaded", (e) => e.constructor.constructor("return typeof process")())',
      ),
    ).toBe('undefined');
  });

  it('no value of the server to change: prototypes are its own, and what it returns is a copy', async () => {
    const body = `
      Object.prototype.polluted = 'yes';
      JSON.parse = JSON.stringify = Promise.prototype.then = () => 'changed';
      try { task.name = 'changed'; } catch {}
      try { log = run = undefined; } catch {}
      const answer = await run('/echo', ['a']);
      log('still', 'here');
      return Object.assign(Object.create(null), { name: task.name, answer, ['__proto__']: { polluted: 'yes' }, constructor: 1 });`;
    const lines: string[] = [];
    const answer = Object.freeze({ exitCode: 0 });
    const end = await endOf(body, {
      log: (line) => lines.push(line),
      run: async (program, words) => ({ program, words, ...answer }),
    });
    expect(lines).toEqual(['still here']);
    expect(end.outcome).toBe('finished');
    const result = end.outcome === 'finished' ? (end.result as Record<string, unknown>) : {};
    expect(result.name).toBe('nightly');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(result.polluted).toBeUndefined();
    expect(await resultOf('return ({}).polluted ?? "clean"')).toBe('clean');
  });

  it('a place for sixteen calls at a time, and a reason for the others', async () => {
    let [now, most] = [0, 0];
    const release = Promise.withResolvers<void>();
    const run = async (): Promise<null> => {
      most = Math.max(most, ++now);
      if (now === 16) release.resolve();
      await release.promise;
      now--;
      return null;
    };
    const body = `const all = [];
      for (let i = 0; i < 1000; i++) all.push(run('/true').then(() => 'answered', (e) => e.message));
      const counts = {};
      for (const one of await Promise.all(all)) counts[one] = (counts[one] ?? 0) + 1;
      return counts;`;
    expect(await resultOf(body, { run })).toEqual({ answered: 16, 'more than 16 calls at a time; await them': 984 });
    expect(most).toBe(16);
  });

  it('a reason when it asks for what it may not have, or gives what is too much', async () => {
    const refusals = `const asked = [() => run('/true'), () => run(5), () => log('x'.repeat(1e6))];
      const heard = [];
      for (const one of asked) try { await one() } catch (e) { heard.push(e.message) }
      return heard;`;
    expect(await resultOf(refusals)).toEqual([
      'this server does not let JavaScript tasks run programs (tasks.javascript.run in its server.json)',
      'this server does not let JavaScript tasks run programs (tasks.javascript.run in its server.json)',
      'the line is too long to be logged',
    ]);
    expect(await endOf('return "x".repeat(1e6)')).toMatchObject({ problem: { message: 'the result is too long' } });
    const deep = 'let list = []; for (let i = 0; i < 5000; i++) list = [list]; return list';
    expect(await endOf(deep)).toMatchObject({ problem: { message: 'the result is nested deeper than 32' } });
    const tooLarge = scriptRequest('return 1;'.padEnd(70_000));
    await expect(javascript.start(tooLarge)).rejects.toMatchObject({ code: 'TASK-TOO-LARGE' });
  });
});

describe('the process of a script', () => {
  it('has no rights, no environment, no folder, no network and no descriptor of the server', async () => {
    await startEndless();
    const [seen] = sandboxProcesses(process.pid);
    const folder = `/proc/${seen?.processId}`;
    const field = (name: string): string =>
      new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(seen?.status ?? '')?.[1] ?? '';
    expect(field('NoNewPrivs')).toBe('1');
    if (isRoot) {
      expect(field('Uid').split('\t')).toEqual(Array(4).fill('65534'));
      expect(field('Gid').split('\t')).toEqual(Array(4).fill('65534'));
      expect(field('Groups')).toBe('');
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) expect(field(set)).toMatch(/^0+$/);
      expect(readFileSync(`${folder}/environ`, 'utf8')).toBe('');
      expect(readlinkSync(`${folder}/cwd`)).toMatch(/ \(deleted\)$/);
      const targets = readdirSync(`${folder}/fd`).map((name) => readlinkSync(`${folder}/fd/${name}`));
      for (const target of targets) expect(target).toMatch(/^(socket|pipe|anon_inode):|^\/dev\/(null|urandom)$/);
      expect(readlinkSync(`${folder}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'));
      const interfaces = readFileSync(`${folder}/net/dev`, 'utf8').trim().split('\n').slice(2);
      expect(interfaces.map((line) => line.trim().split(':')[0])).toEqual(['lo']);
      expect(readFileSync(`${folder}/net/fib_trie`, 'utf8')).toBe('');
      expect(readFileSync(`${folder}/limits`, 'utf8')).toMatch(/^Max file size +0 +0 /m);
    }
  });

  it('is one of four at most; the others wait for their turn', async () => {
    const first = await startEndless();
    for (let index = 1; index < 4; index++) await startEndless();
    const fifth = javascript.start(scriptRequest('return 5'));
    expect(sandboxProcesses(process.pid)).toHaveLength(4);
    first.kill();
    expect(await (await fifth).ended).toEqual({ outcome: 'finished', result: 5 });
  });

  it('ends with the server, however busy its script is', async () => {
    const server = spawn(process.execPath, [fileURLToPath(new URL('./busy-server.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<Buffer>((resolve) => server.stdout.once('data', resolve));
    const [seen] = sandboxProcesses(Number(server.pid));
    server.kill('SIGKILL');
    expect(String(line)).toBe('busy\n');
    await expect.poll(() => seen !== undefined && isAlive(seen.processId)).toBe(false);
  });
});
