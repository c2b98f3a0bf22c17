// `understudy rehearse` as a function, with the scripts and scenarios of examples/ and some of its own.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RehearseRequest, rehearse } from '../../src/cli/verbs/rehearse.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

const examples = join(import.meta.dirname, '..', '..', 'examples');
let folder: string;
let commandLine: RecordedCommandLine;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-rehearse-'));
  commandLine = new RecordedCommandLine();
});

afterEach(() => rmSync(folder, { recursive: true }));

function run(file: string, scenario: string, more: Partial<RehearseRequest> = {}): Promise<number> {
  return rehearse({ file, scenario, parameters: {}, format: 'text', seed: 1, ...more }, commandLine);
}

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const example = join(examples, 'disaster.dtcl');
const day = join(examples, 'disaster.scenario');

describe('the example of a disaster', () => {
  it('rehearses a day: everything that its scenario expects holds', async () => {
    expect(await run(example, day)).toBe(0);
    expect(commandLine.notes).toEqual([]);
    const [last] = commandLine.output.slice(-1);
    expect(last).toMatch(/^(\d+) of \1 expectations held in 1d 00:00:00 of virtual time\.$/);
  });

  it('fails, and shows the line, when its handler of the failover has a mistake', async () => {
    const text = readFileSync(example, 'utf8');
    const wrong = text.replace('dns update "shop.example"', 'dns update "shop.exampel"');
    expect(wrong).not.toBe(text);
    const line = wrong.split('\n').findIndex((one) => one.includes('shop.exampel')) + 1;
    const file = written('wrong.dtcl', wrong);
    const scenario = written(
      'night.scenario',
      'SERVERS alpha beta\nWORKLOAD alpha /srv/shop 10 FILES\nDNS SERVER 10.0.0.53 ZONES example\nAT 5m SOURCE DIES\n',
    );
    expect(await run(file, scenario)).toBe(1);
    const notes = commandLine.notes.join('\n');
    expect(notes).toContain('no DNS server is known for this name');
    expect(notes).toContain(`--> ${file}:${line}:3`);
    expect(notes).toContain('dns update "shop.exampel"');
    expect(notes).toContain('^^^');
  });
});

describe('what was wrong', () => {
  it('is 3 for a scenario that says what it cannot, with line and caret, and nothing runs', async () => {
    const scenario = written('night.scenario', 'SERVERS alpha beta\nAT 5m SOURCE DYES\n');
    expect(await run(example, scenario)).toBe(3);
    expect(commandLine.notes.join('\n')).toContain(`--> ${scenario}:2:14`);
    expect(commandLine.notes.join('\n')).toContain('did you mean DIES?');
    expect(commandLine.output).toEqual([]);
  });

  it('is 3 for a script that does not check', async () => {
    const script = written('script.dtcl', 'conect sales to beta\n');
    expect(await run(script, day)).toBe(3);
    expect(commandLine.output).toEqual([]);
  });

  it('is 2 for a parameter that the script does not have', async () => {
    expect(await run(example, day, { parameters: { nothing: 'x' } })).toBe(2);
  });

  it('is 1 for an expectation that does not hold, and says why', async () => {
    const script = written('script.dtcl', 'source alpha\nwrite "done"\n');
    const scenario = written('night.scenario', 'SERVERS alpha\nEXPECT FAILED OVER\nEXPECT EXIT 0\n');
    expect(await run(script, scenario)).toBe(1);
    expect(commandLine.output).toContain('NOT HELD   EXPECT FAILED OVER  (nothing failed over)');
    expect(commandLine.output).toContain('held       EXPECT EXIT 0  (it ended with 0)');
  });

  it('is 0 where a script fails as the scenario expects, and 1 where it should not', async () => {
    const script = written('script.dtcl', 'exit 7\n');
    expect(await run(script, written('one.scenario', 'SERVERS alpha\nEXPECT EXIT 7\n'))).toBe(0);
    expect(await run(script, written('other.scenario', 'SERVERS alpha\n'))).toBe(1);
  });

  it('fails as reading does for a scenario that is not there', async () => {
    await expect(run(example, join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

it('reads a PARAM AS secret from its file, and refuses one on the command line', async () => {
  const script = written(
    'script.dtcl',
    'param $password as secret\n$level = login alpha operator $password\nwrite $level\n',
  );
  const scenario = written('one.scenario', 'SERVERS alpha\nEXPECT EXIT 0\n');
  const secretFiles = { password: written('password', 'let me in\n') };
  expect(await run(script, scenario, { secretFiles })).toBe(0);
  expect(commandLine.output.join('\n')).not.toContain('let me in');
  await expect(run(script, scenario, { parameters: { password: 'let me in' } })).rejects.toThrow(
    '--password-file FILE',
  );
});

it('tells everything as JSON objects, one a line', async () => {
  const script = written('script.dtcl', 'source alpha\nif 1 = 2 then\n  target beta\nend\n');
  const scenario = written('night.scenario', 'SERVERS alpha beta\nAT 1m SERVER alpha DIES\nEXPECT EXIT 0\n');
  expect(await run(script, scenario, { format: 'json' })).toBe(0);
  const objects = commandLine.output.map((line) => JSON.parse(line) as { readonly type: string });
  expect(objects).toContainEqual({ type: 'timeline', atMs: 60_000, teller: 'scenario', text: 'alpha dies' });
  expect(objects).toContainEqual({
    type: 'expectation',
    text: 'EXPECT EXIT 0',
    line: 3,
    held: true,
    why: 'it ended with 0',
  });
  expect(objects).toContainEqual({ type: 'not-run', span: expect.objectContaining({ line: 3, column: 3 }) });
  expect(objects.at(-1)).toEqual({ type: 'end', exitCode: 0 });
});
