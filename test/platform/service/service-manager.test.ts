// What a service manager hears over a real socket.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { DatagramReceiver } from '../../../scripts/package/datagram-receiver.ts';
import { serviceManagerOf } from '../../../src/platform/service/service-manager.ts';

const own = process.pid;
let folder: string;
let warnings: string[];
const warn = (reason: string): void => void warnings.push(reason);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-notify-'));
  warnings = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

function receiverAt(name: string): DatagramReceiver {
  const receiver = new DatagramReceiver(name);
  onTestFinished(() => receiver.close());
  return receiver;
}

it.each(['path', 'abstract name'])('is told over a socket with a %s', (kind) => {
  const name = kind === 'path' ? join(folder, 'notify') : `@${join(folder, 'notify')}`;
  const receiver = receiverAt(name);
  const manager = serviceManagerOf({ NOTIFY_SOCKET: name }, own, warn);
  manager?.tell({ ready: true, status: 'up, with äöü\nWATCHDOG=1' });
  manager?.tell({ well: true });
  manager?.tell({ stopping: true });
  manager?.close();
  expect(receiver.received()).toEqual([['READY=1', 'STATUS=up, with äöü WATCHDOG=1'], ['WATCHDOG=1'], ['STOPPING=1']]);
  expect(warnings).toEqual([]);
});

it('is none where nobody wants to be told', () => {
  expect(serviceManagerOf({}, own, warn)).toBeUndefined();
  expect(serviceManagerOf({ NOTIFY_SOCKET: '' }, own, warn)).toBeUndefined();
  expect(warnings).toEqual([]);
});

it.each(['vsock:2:1234', `/${'x'.repeat(200)}`])('warns of an address that it cannot use: %.20s', (name) => {
  expect(serviceManagerOf({ NOTIFY_SOCKET: name }, own, warn)).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining('cannot tell the service manager')]);
});

it('warns once of a manager that is gone, or does not read, and waits for none', () => {
  const gone = serviceManagerOf({ NOTIFY_SOCKET: join(folder, 'gone') }, own, warn);
  gone?.tell({ ready: true });
  gone?.tell({ well: true });
  expect(warnings).toEqual([expect.stringMatching(/could not be told: ENOENT$/)]);
  gone?.close();
  const name = join(folder, 'full');
  const receiver = receiverAt(name);
  const manager = serviceManagerOf({ NOTIFY_SOCKET: name }, own, warn);
  for (let count = 0; count < 10_000 && warnings.length < 2; count += 1) manager?.tell({ well: true });
  expect(warnings[1]).toMatch(/could not be told: EAGAIN$/);
  expect(receiver.received().length).toBeGreaterThan(0);
  manager?.tell({ ready: true });
  expect(receiver.received()).toEqual([['READY=1']]);
  manager?.close();
});

it.each([
  [{ WATCHDOG_USEC: '3000000' }, 3000],
  [{ WATCHDOG_USEC: '3000000', WATCHDOG_PID: `${own}` }, 3000],
  [{ WATCHDOG_USEC: '3000000', WATCHDOG_PID: `${own + 1}` }, undefined],
  [{ WATCHDOG_USEC: '0' }, undefined],
  [{ WATCHDOG_USEC: 'soon' }, undefined],
  [{}, undefined],
])('takes from %j how long it waits', (environment, expected) => {
  const manager = serviceManagerOf({ NOTIFY_SOCKET: '@nobody', ...environment }, own, warn);
  expect(manager?.watchdogMs).toBe(expected);
  manager?.close();
});
