// Commands that cannot simply be taken back are asked about first, where there is somebody to ask.
import { beforeEach, describe, expect, it } from 'vitest';
import { commands } from '../../src/language/catalogue/catalogue.ts';
import { CommandRig } from '../support/command-rig.ts';

let rig: CommandRig;
let asked: string[];
let answer: boolean;

beforeEach(async () => {
  rig = new CommandRig();
  asked = [];
  answer = true;
  rig.confirm = async (command, effect) => {
    asked.push(`${command}: ${effect}`);
    return answer;
  };
  rig.host = rig.newHost();
  await rig.connected();
});

it('is a property of the command: these have it', () => {
  expect(commands.filter((one) => one.danger !== undefined).map(({ id }) => id)).toEqual([
    'disconnect',
    'edit',
    'orphans.delete',
    'snapshot.revert',
    'snapshot.delete',
    'snapshot.prune',
    'monitor.implement',
    'failover',
    'failover.undo',
    'live.release',
    'server.remove',
    'shutdown',
  ]);
  for (const { danger } of commands) expect(danger?.effect ?? 'x').not.toMatch(/\.$|^[A-Z]/);
});

describe('before such a command', () => {
  it('says what it does, and goes on after a yes', async () => {
    await rig.run('shutdown', { server: 'beta' });
    expect(asked).toEqual([
      'SHUTDOWN beta: the server stops, and nothing is replicated until somebody starts it again',
    ]);
    expect(rig.server('beta').callsOf('process.shutDown')).toHaveLength(1);
  });

  it('does nothing after a no', async () => {
    answer = false;
    await expect(rig.run('failover', { connection: 1 })).rejects.toMatchObject({
      code: 'NOT-CONFIRMED',
      subject: 'FAILOVER 1 LIVE QUEUE APPLY',
      reason: 'it was not confirmed, so nothing was done',
    });
    expect(rig.server('beta').callsOf('jobs.failover')).toEqual([]);
  });

  it('asks about DISCONNECT only where the connection has failed over', async () => {
    await rig.run('disconnect', { connection: 1 });
    expect(asked).toEqual([]);
    await rig.connected();
    const [job] = rig.server('alpha').jobReports.keys();
    rig.server('alpha').changed(job ?? '', (report) => ({ ...report, failedOver: true }));
    answer = false;
    await expect(rig.run('disconnect', { connection: 1 })).rejects.toMatchObject({ code: 'NOT-CONFIRMED' });
    expect(asked[0]).toMatch(/^DISCONNECT 1: this side of a connection that has failed over ends/);
    expect(rig.server('alpha').jobReports.size).toBe(1);
  });

  it('is not asked by a script', async () => {
    rig.confirm = undefined;
    rig.host = rig.newHost();
    await rig.run('shutdown', { server: 'beta' });
    expect(rig.server('beta').callsOf('process.shutDown')).toHaveLength(1);
  });
});
