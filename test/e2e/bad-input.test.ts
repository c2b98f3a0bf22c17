// What goes wrong between real servers is said: operation, subject, cause and the next command to try, with exit code 1 and
// no stack.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, Pair, Stage } from '../support/serve-process.ts';

let stage: Stage;
let pair: Pair;

beforeAll(async () => {
  stage = new Stage();
  pair = await Pair.open(stage);
});
afterAll(() => stage.close());

function connecting(changes: {
  readonly workload?: string;
  readonly replica?: string;
  readonly target?: string;
}): string {
  const { workload = pair.workload, replica = pair.replica, target = 'beta' } = changes;
  return `source alpha
repset create sales
repset rule add "${workload}" include to sales
repset save
connect sales to ${target} map "${workload}" to "${replica}"
`;
}

/** Every part of a good message, and nothing that is for us alone. */
function expectClear({ exitCode, notes, out }: Ended, ...parts: readonly string[]): void {
  expect({ exitCode, notes, out }).toMatchObject({ exitCode: 1 });
  for (const part of parts) expect(notes).toContain(part);
  expect(`${out}${notes}`.split('\n').filter((line) => /^\s+at /.test(line))).toEqual([]);
}

describe('a script is told', () => {
  it('that the folder to protect is missing', async () => {
    const missing = stage.path('no such folder');
    expectClear(
      await stage.script(pair.source, connecting({ workload: missing })),
      'cannot open the folder',
      missing,
      'no such file or directory',
      'REPSET LIST',
    );
  });

  it('that the target does not allow the replica there', async () => {
    const outside = stage.path('elsewhere');
    const ended = await stage.script(pair.source, connecting({ replica: outside }));
    expectClear(ended, outside, 'outside what this server allows', 'targets.allowedRoots');
    expect(await pair.target.events(5005)).toHaveLength(1);
  });

  it('that nobody knows the target', async () => {
    const ended = await stage.script(pair.source, connecting({ target: 'gamma' }));
    expectClear(ended, 'find the server', 'gamma', 'alpha, beta', 'understudy pair HOST:PORT --code CODE');
  });

  it('that the target is down', async () => {
    await pair.target.kill();
    try {
      expectClear(
        await stage.script(pair.source, connecting({})),
        'cannot connect',
        pair.target.listen,
        'nothing listens there',
        'understudy serve',
      );
    } finally {
      await pair.target.start();
    }
  });
});

it.each([
  ['that was never given', 'K7QF-2MXP-9DHT-W4ZC'],
  ['that is none', '0000'],
])('a pairing code %s is refused', async (_, code) => {
  await stage.command('pair', '--home', pair.target.home);
  const ended = await stage.command('pair', pair.target.listen, '--code', code, '--home', pair.source.home);
  expectClear(ended, 'cannot pair', 'code', 'next:', 'understudy pair');
});

it.each(['server.json', 'trust.json', 'live-paths.json', 'monitors.json', 'schedules.json', 'dns-servers.json'])(
  'a server does not start, and ends, on a home with a %s of a newer program',
  async (file) => {
    const stage = Stage.open();
    const home = stage.makeFolder('home');
    const settings = { version: 1, name: 'alpha', listen: '127.0.0.1:0' };
    writeFileSync(join(home, 'server.json'), JSON.stringify(settings));
    writeFileSync(join(home, file), JSON.stringify({ ...(file === 'server.json' ? settings : {}), version: 99 }));
    const words = ['60', process.execPath, stage.entry, 'serve', '--name', 'alpha', '--home', home];
    const { exitCode, notes } = await stage.finish(stage.spawn('timeout', words));
    expect(notes).toMatch(/version 99.*\n.*newer/);
    expect(exitCode).toBe(1);
  },
);

it('a second server on the same home says who holds it', async () => {
  const ended = await stage.command('serve', '--name', 'alpha', '--home', pair.source.home);
  expectClear(ended, 'use the home folder', pair.source.home, 'the server alpha, process', 'next:');
});

// Last, because nobody trusts this target afterwards.
it('a script is told that the target is another than the one that was paired', async () => {
  await pair.target.kill();
  rmSync(join(pair.target.home, 'keys'), { recursive: true });
  await pair.target.start();
  expectClear(
    await stage.script(pair.source, connecting({})),
    'cannot connect',
    'beta',
    'certificate',
    'understudy pair',
  );
});
