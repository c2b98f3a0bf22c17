// The commands on how connections send: their words, what they say, what STATUS shows, what is refused.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check } from '../language/scripted-host.ts';
import { type ScriptCluster, scriptCluster } from '../support/script-cluster.ts';

const prelude = `
source alpha
repset create work
repset rule add "/work" include
repset save
`;
let run: ScriptCluster;

beforeEach(async () => {
  run = await scriptCluster();
  run.cluster.workload.create('/work/file', Buffer.alloc(1000, 'x'));
});
afterEach(() => run.cluster.stop());

async function succeeds(text: string): Promise<string[]> {
  const before = run.output.length;
  expect(await run.run(text)).toMatchObject({ kind: 'completed' });
  return run.output.slice(before);
}

async function fails(text: string): Promise<string> {
  const outcome = await run.run(text);
  expect(outcome.kind).toBe('failed');
  return JSON.stringify(outcome);
}

/** The fields of STATUS JOB that say how a connection sends. */
async function shown(): Promise<string[]> {
  const fields = await succeeds('source alpha\nstatus job 1');
  return fields.filter((line) => /^(Target route|Compression|Bandwidth|Transmit mode)/.test(line)).map(plain);
}

const plain = (line: string): string => line.replace(/: +/, ': ');

test('CONNECT takes compression and a limit, and STATUS shows them', async () => {
  await succeeds(`${prelude}connect work to beta map "/work" to "/replica" compression on level 5 bandwidth 100 KB/s`);
  expect(await shown()).toEqual([
    'Transmit mode: Active',
    'Target route: inside this process',
    'Compression: On / 5',
    expect.stringMatching(/^Bandwidth limit: \d+ bytes per second$/),
  ]);
});

test('a connection without a word about it is neither limited nor compressed', async () => {
  await succeeds(`${prelude}connect work to beta map "/work" to "/replica"`);
  expect((await shown()).slice(2)).toEqual(['Compression: Off', 'Bandwidth limit: Unlimited']);
});

test('an address that the target does not have is refused by the network, and one that it has is the route', async () => {
  run.cluster.network.addAddress('beta', '10.0.0.2');
  expect(await fails(`${prelude}connect work to beta map "/work" to "/replica" route 10.0.0.3`)).toContain(
    'nothing listens there',
  );
  await succeeds(`${prelude}connect work to beta map "/work" to "/replica" route 10.0.0.2`);
  expect((await shown())[1]).toBe('Target route: 10.0.0.2');
});

describe('on a connection', () => {
  beforeEach(() => succeeds(`${prelude}connect work to beta map "/work" to "/replica"\nwait for mirror 1`));

  test('LIMIT limits, by a rate or a common line, and takes the limit away', async () => {
    expect(await succeeds('source alpha\nlimit 1 preset T1')).toEqual([
      'Bandwidth limit: 193000 bytes per second: work',
    ]);
    expect((await shown())[3]).toBe('Bandwidth limit: 193000 bytes per second, until it is given back');
    await succeeds('source alpha\nlimit 1 none');
    expect((await shown())[3]).toBe('Bandwidth limit: Unlimited, until it is given back');
  });

  test.each([
    ['limit 1 fixed 3499 B/s', '3499 bytes per second is no limit that can be kept'],
    ['limit 1 fixed 1 MB/s preset T1', 'a limit is said twice'],
    ['limit 1 scheduled', 'its schedule has no entry'],
    ['limit schedule add x fixed 1 MB/s from 8:00 until 8:00', 'begins and ends at the same time of day'],
    ['limit schedule add x fixed 1 KB/s from 8:00 until 9:00', 'is no limit that can be kept'],
    ['limit schedule remove x', 'there is no entry of this name'],
    ['compression 1 maximum level 3', 'LEVEL needs ON'],
  ])('%s is refused', async (text, reason) => {
    expect(await fails(`source alpha\n${text}`)).toContain(reason);
  });

  test('LIMIT SCHEDULE keeps entries that do not overlap', async () => {
    await succeeds('source alpha\nlimit schedule add office fixed 2 MB/s weekdays from 8:00 until 18:00 on 1');
    await succeeds('source alpha\nlimit schedule add night fixed 5 MB/s weekdays from 18:00 until 6:00 on 1');
    const overlapping = 'source alpha\nlimit schedule add early fixed 2 MB/s saturday from 5:00 until 6:00 on 1';
    const reason = await fails(overlapping);
    expect(reason).toContain('saturday 05:00 to 06:00 overlaps with night (weekdays 18:00 to 06:00)');
    await succeeds('source alpha\nlimit schedule remove office on 1');
    expect((await shown()).slice(4)).toEqual([
      expect.stringMatching(/^Bandwidth schedule: night: weekdays 18:00 to 06:00, \d+ bytes per second$/),
    ]);
  });

  test('COMPRESSION sets the level, by a number or a word', async () => {
    for (const [words, level] of [
      ['on', 'On / 3'],
      ['on level 7', 'On / 7'],
      ['minimum', 'On / 1'],
      ['maximum', 'On / 9'],
      ['off', 'Off'],
    ]) {
      expect(await succeeds(`source alpha\ncompression 1 ${words}`)).toEqual([`Compression: ${level}: work`]);
      expect((await shown())[2]).toBe(`Compression: ${level}`);
    }
  });

  test('PAUSE, STOP, START, and PAUSE and RESUME TARGET', async () => {
    await succeeds('source alpha\npause 1');
    expect((await shown())[0]).toBe('Transmit mode: Paused');
    await succeeds('source alpha\nstart 1\nstop 1');
    expect((await shown())[0]).toBe('Transmit mode: Stopped');
    await succeeds('source alpha\nstart 1\nwait for mirror 1\npause target 1\nresume target 1');
    expect((await shown())[0]).toBe('Transmit mode: Active');
    expect(run.changes.filter((call) => call.includes('transmission')).length).toBe(6);
  });
});

test('a level beyond the range is a mistake before the script runs', () => {
  const [mistake] = check('compression 1 on level 10').diagnostics;
  expect(mistake?.message).toContain('levels go from 1, the minimum, to 9, the maximum');
});
