// The old source comes back after a failover: step by step what its operator does, and what each text on the way says. What
// people wrote on the live copy meanwhile is there in the end.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Ended, Pair, Stage } from '../support/serve-process.ts';

interface Story {
  readonly pair: Pair;
  /** A script at the prompt of alpha, or of beta. */
  readonly at: (name: 'alpha' | 'beta', text: string) => Promise<Ended>;
  readonly liveText: () => string;
}

/** alpha dies, beta takes over, people work on beta, alpha comes back and is fenced. */
async function story(): Promise<Story> {
  const stage = Stage.open();
  const back = { targets: { allowedRoots: [stage.path('workload')] } };
  const pair = await Pair.open(stage, { source: back });
  await pair.source.pair(pair.target, pair.target.listen, 'source,target,monitor');
  writeFileSync(join(pair.workload, 'orders'), 'old');
  await pair.connect('wait for mirror $con timeout 1 minute');
  await pair.source.kill();
  const at: Story['at'] = (name, text) => stage.script(name === 'alpha' ? pair.source : pair.target, text);
  expect(await at('beta', 'failover 1 live queue apply')).toMatchObject({ exitCode: 0 });
  writeFileSync(join(pair.replica, 'orders'), 'new');
  writeFileSync(join(pair.replica, 'only on beta'), 'new');
  await pair.source.start();
  await pair.until((one) => one.failedOver);
  return { pair, at, liveText: () => readFileSync(join(pair.replica, 'orders'), 'utf8') };
}

const text = ({ out, notes }: Ended): string => `${out}\n${notes}`;

it('CONNECT on the old source is refused at every step, and every text tells the way back', async () => {
  const { pair, at, liveText } = await story();
  const connect = pair.connecting();
  const wayBack = /SOURCE beta and CONNECT it TO alpha/;

  const planned = join(pair.stage.folder, 'planned.dtcl');
  writeFileSync(planned, connect);
  const plan = await pair.stage.command('plan', planned, '--home', pair.source.home);
  expect(plan.out).toContain('takes it that beta has not taken over any of these paths (LIVE LIST there shows them)');
  expect(text(await at('alpha', 'source alpha\nstatus job 1'))).toMatch(wayBack);
  expect(text(await at('alpha', 'source alpha\nvalidate 1'))).toMatch(
    /live since epoch 1.*SOURCE beta and CONNECT it TO alpha/,
  );

  const first = await at('alpha', connect);
  expect(first.exitCode).toBe(1);
  expect(text(first)).toMatch(/its target has taken over/);
  expect(text(first)).toMatch(wayBack);

  const ended = await at('alpha', 'source alpha\ndisconnect 1');
  expect(ended).toMatchObject({ exitCode: 0 });
  expect(ended.out).toMatch(/has ended on alpha alone: beta has taken over/);
  expect(ended.out).toMatch(wayBack);
  expect(await pair.target.api.jobs.list()).toMatchObject([{ failedOver: true }]);

  // The same CONNECT once more; and when beta has ended its side, too; and when beta was killed and started since.
  for (const step of ['', 'disconnect 1', 'kill']) {
    if (step === 'kill') {
      await pair.target.kill();
      await pair.target.start();
    } else if (step !== '') {
      const own = await at('beta', step);
      expect(own).toMatchObject({ exitCode: 0, out: expect.stringContaining('no mirror may go over it (LIVE LIST)') });
    }
    const refused = await at('alpha', connect);
    expect(refused.exitCode, text(refused)).toBe(1);
    expect(text(refused)).toMatch(/is the live copy since epoch 1/);
    expect(text(refused)).toMatch(wayBack);
    expect(text(refused)).toContain(`LIVE RELEASE "${pair.replica}"`);
  }
  expect(await at('beta', 'live list')).toMatchObject({ out: expect.stringMatching(/since epoch 1.*sales of alpha/) });

  // However much alpha may do on beta, its word does not suffice.
  const word = await at('alpha', `target beta\nlive release "${pair.replica}"`);
  expect(word.exitCode).toBe(1);
  expect(text(word)).toMatch(/only its own operator may say this/);
  expect(liveText()).toBe('new');
});

it('the live copy is protected in the other direction without a word to release it', async () => {
  const { pair, at, liveText } = await story();
  const connectBack = [
    'source beta',
    'target alpha',
    'repset create back',
    `repset rule add "${pair.replica}" include to back`,
    'repset save',
    `$con = connect back to alpha map "${pair.replica}" to "${pair.workload}" orphans delete`,
    'wait for mirror $con timeout 1 minute',
  ].join('\n');
  const early = await at('beta', connectBack);
  expect(early.exitCode).toBe(1);
  expect(text(early)).toMatch(/DISCONNECT sales on alpha/);

  expect(await at('alpha', 'source alpha\ndisconnect 1')).toMatchObject({ exitCode: 0 });
  const back = await at('beta', connectBack);
  expect(back.exitCode, text(back)).toBe(0);
  expect(readFileSync(join(pair.workload, 'orders'), 'utf8')).toBe('new');
  expect(readFileSync(join(pair.workload, 'only on beta'), 'utf8')).toBe('new');
  expect(liveText()).toBe('new');

  // The last step: alpha takes over in its turn, and beta's old connection tells of it.
  const status = async (): Promise<string> => text(await at('beta', 'status job 1\nvalidate 1'));
  expect(await status()).toMatch(/live copy is on beta/);
  const last = await at('beta', 'source beta\ntarget alpha\nfailover 2 live queue apply');
  expect(last.exitCode, text(last)).toBe(0);
  await expect.poll(status, { timeout: 20_000 }).not.toMatch(/live copy is on beta/);
  expect(await status()).toMatch(/alpha has taken over from beta since, so the live copy is on alpha/);
});

it('what its operator released is kept as a snapshot that can be gone back to', async () => {
  const { pair, at, liveText } = await story();
  expect(await at('alpha', 'source alpha\ndisconnect 1')).toMatchObject({ exitCode: 0 });
  expect(await at('beta', `disconnect 1\nlive release "${pair.replica}"`)).toMatchObject({ exitCode: 0 });
  const again = await at('alpha', `${pair.connecting()}\nwait for mirror $con timeout 1 minute`);
  expect(again.exitCode, text(again)).toBe(0);
  expect(liveText()).toBe('old');
  const reverted = await at('beta', 'snapshot list on 1\nsnapshot revert "live copy before the mirror" on 1');
  expect(reverted.exitCode, text(reverted)).toBe(0);
  expect(liveText()).toBe('new');
  expect(readFileSync(join(pair.replica, 'only on beta'), 'utf8')).toBe('new');
});

it('a chain, and an item protected twice, are refused at CONNECT with an id of their own', async () => {
  const stage = Stage.open();
  const pair = await Pair.open(stage, { source: { targets: { allowedRoots: [stage.makeFolder('further')] } } });
  writeFileSync(join(pair.workload, 'orders'), 'old');
  await pair.connect('wait for mirror $con timeout 1 minute');
  mkdirSync(stage.path('replicas', 'other'), { recursive: true });
  const twice = await stage.script(
    pair.source,
    `source alpha\nconnect sales to beta map "${pair.workload}" to "${stage.path('replicas', 'other')}" name "twice"`,
  );
  expect(twice.exitCode).toBe(1);
  expect(text(twice)).toMatch(/sales protects it already, to beta/);
  const chained = await stage.script(
    pair.target,
    [
      'source beta',
      'repset create chain',
      `repset rule add "${pair.replica}" include to chain`,
      'repset save',
      `connect chain to alpha map "${pair.replica}" to "${stage.path('further', 'x')}"`,
    ].join('\n'),
  );
  expect(chained.exitCode).toBe(1);
  expect(text(chained)).toMatch(/is the replica of sales of alpha/);
});
