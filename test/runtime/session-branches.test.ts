// The session of a branch of PARALLEL: its SOURCE, its TARGET and its current connection are its own; what it made is
// known to all.
import { expect, it } from 'vitest';
import { list } from '../../src/language/values/value.ts';
import { CommandRig } from '../support/command-rig.ts';

it('gives each branch a source, a target and a current connection of its own, and shares what they make', async () => {
  const rig = new CommandRig();
  const first = await rig.connected();
  const { session } = rig.host;
  const [one, other] = [{ parent: undefined }, { parent: undefined }];
  const inner = { parent: one };
  await rig.run('source', { server: 'gamma' }, one);
  await rig.run('target', { server: 'delta' }, other);
  await rig.run('repset.create', { name: 'mail' }, one);
  await rig.run('source', { server: 'epsilon' }, inner);
  expect([session.sourceName, session.targetName, session.currentSetName]).toEqual(['alpha', 'beta', 'sales']);
  expect(session.draft('mail')).toBeDefined();
  await rig.run('repset.rule.add', { path: '/srv/mail' }, one);
  expect(session.draft('mail')?.rules).toHaveLength(1);
  const second = await rig.run('connect', { repset: 'sales', target: 'beta', map: list(['exact']) }, other);
  expect((await session.connection(undefined)).jobId).toBe((first as { id: string }).id);
  expect((await session.connection(second)).jobId).toBe((second as { id: string }).id);
});
