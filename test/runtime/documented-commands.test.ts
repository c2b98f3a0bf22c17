// What is documented of DTCL, written as it is documented: it checks here, and runs or says that it is not there yet.
// (Sources: the reference manual's QUEUETASK, SCRIPT ADD, CONNECT TDU and return values, and a published transcript.)
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandErrorCodes, commandErrorMeanings } from '../../src/language/values/host.ts';
import { ExampleHome } from '../support/example-home.ts';

/** As in the transcript, with names and paths of ours. */
const transcript = [
  'logon alpha operator "let me in"',
  'source alpha',
  'target beta',
  'repset create web',
  'repset rule add "/srv/archive" include to web',
  'repset rule add "/srv/archive/old" exclude to web',
  'repset save',
  'repset list',
  'connect web to beta map exact',
  'status con 2',
  'WRITE "done"',
];

/** With a part of what is said of one that is not there yet. */
const forms: readonly (readonly [text: string, missing: string])[] = [
  ['connect archive to beta map /srv/archive to /replica/archive', ''],
  ['CONNECT archive TO beta MAP EXACT', ''],
  ['queuetask nightly to beta onexecute = "d:\\jobs\\snap.cmd" "full weekly" timeout = 10 minutes nointeract', ''],
  ['QTASK four TO beta ONQ=/bin/a ONTRANS=/bin/b ONREC=/bin/c ONEXEC=/bin/d TIMEOUT=0 INTERACT', ''],
  ['queuetask one to beta ontransmit=/bin/b timeout=forever', ''],
  ['queuetask one to 10.0.0.2 onexecute=/bin/b', ''],
  ['target 10.0.0.2', ''],
  ['connect archive to 10.0.0.2 map exact', ''],
  ['queuetask one to beta onreceive = /bin/b "a b c" timeout = 2 hours', ''],
  ['script add 1 alpha on beta mirrorcomplete="/bin/sh" args="/c d:\\jobs\\done.cmd" nodelay nointeract', ''],
  ['SCRIPT ADD 1 ON beta MIRRORSTART=/bin/sh ARGS=x DELAY INTERACT', ''],
  ['connect "Sales Data" to TDU "d:\\stats\\sales.sts" map "c:\\sales" to "e:\\copy\\sales"', 'no replication set'],
  ['connect archive to TDU statistic.sts', ''],
  ['login alpha operator "let me in"', ''],
  ['$count = 0\nWHILE $count < 2 DO\n  $count = $count + 1\n  WRITE $count\nEND', ''],
];

describe('a documented command', () => {
  it('runs as in the transcript', async () => {
    const home = await ExampleHome.open();
    for (const line of transcript) expect(await home.run(line), line).toMatchObject({ kind: 'completed' });
    expect(home.output).toEqual(
      expect.arrayContaining(['User access level set to DT_FULL_ACCESS', '- List of rep sets -', 'done']),
    );
    const labels = home.output.filter((line) => /^[A-Z][a-z ]+:/.test(line)).map((line) => line.replace(/:.*/, ''));
    expect(labels).toEqual([
      'Time established',
      'Replication set',
      'Target machine',
      'Target state',
      'Mirror bytes transferred',
      'Mirror bytes transmitted',
      'Mirror bytes in queue',
      'Replication bytes transferred',
      'Replication bytes transmitted',
      'Replication bytes in queue',
    ]);
  });

  it.each(forms)('%s', async (text, missing) => {
    const home = await ExampleHome.open();
    const outcome = await home.run(text);
    if (missing === '') expect(outcome).toMatchObject({ kind: 'completed' });
    else expect(outcome.diagnostics[0]?.message).toContain(missing);
  });
});

describe('the code of a command', () => {
  async function written(text: string): Promise<string | undefined> {
    const home = await ExampleHome.open();
    expect(await home.run(text)).toMatchObject({ kind: 'completed' });
    return home.output.at(-1);
  }

  /** The documented codes, each with a script that meets it. -102 is found when a script is checked. */
  const met: Readonly<Record<keyof typeof commandErrorCodes, string | undefined>> = {
    unknown: 'reverse 1',
    invalidParameter: 'repset use nothing_such',
    invalidCommand: undefined,
    noSourceModule: 'source nowhere',
    noSource: 'version',
    noTargetModule: 'target nowhere',
  };

  it.each(Object.entries(met))('%s', async (name, text) => {
    const code = commandErrorCodes[name as keyof typeof commandErrorCodes];
    expect(code).toBeLessThan(0);
    if (text === undefined) return;
    const home = await ExampleHome.open({ fresh: true });
    const script = `try\n  ${text}\n  write "no error"\non error $e\n  write $e.code\nend`;
    expect(await home.run(script)).toMatchObject({ kind: 'completed' });
    expect(home.output.at(-1)).toBe(String(code));
  });

  it.each([
    ['-104', 'queuetask one to beta onexecute = /bin/a'],
    ['-105', 'source alpha\n  queuetask one to nowhere onexecute = /bin/a'],
    ['-101', 'source beta\n  queuetask one to alpha onexecute = /bin/a'],
    ['-101', 'source alpha\n  queuetask one to beta onexecute = /bin/a on 77'],
    ['-101', 'source alpha\n  queuetask one to alpha onexecute = /bin/a on 1'],
  ])('is %s for: %s', async (code, text) => {
    const home = await ExampleHome.open({ fresh: true });
    await home.run(`try\n  ${text}\n  write "no error"\non error $e\n  write $e.code\nend`);
    expect(home.output.at(-1)).toBe(code);
  });

  it('are the documented ones, here and in the specification', () => {
    expect(Object.values(commandErrorCodes)).toEqual([-1, -101, -102, -103, -104, -105]);
    const specification = readFileSync('grammar/grammar.md', 'utf8');
    const rows = Array.from(specification.matchAll(/^\| (-\d+) \| (.*) \|$/gm), ([, code, meaning]) => [code, meaning]);
    const names = Object.keys(commandErrorCodes) as (keyof typeof commandErrorCodes)[];
    expect(rows).toEqual(names.map((name) => [String(commandErrorCodes[name]), commandErrorMeanings[name]]));
  });

  it.each([
    ['is the connection ID of CONNECT', '$r = connect archive to beta map exact\nwrite $r.code', '2'],
    ['is the access level of LOGIN', '$r = login alpha operator "let me in"\nwrite $r.code', '2'],
    ['is 0 when LOGIN is refused', '$r = login alpha operator "no"\nwrite $r.code', '0'],
    ['is 1 of a command that has nothing else to say', '$r = repset use sales\nwrite $r.code, " ", $r > 0', '1 true'],
    ['is 1 of a record', '$r = verify 1\nwrite $r.code', '1'],
    ['is 1 of a list', '$r = snapshot list\nwrite $r.code', '1'],
  ])('%s', async (_, text, expected) => {
    expect(await written(text)).toBe(expected);
  });
});
