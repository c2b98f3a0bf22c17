// Echo requests over the kernel's sockets, in a network namespace of their own, made by unshare(1): there it can be said who may
// open a ping socket, and that the machine answers no echo. Over ping sockets and over raw ones.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { echoRequest, isEchoReply } from '../../../src/platform/network/echo-packet.ts';

const token = Buffer.from('0123456789abcdef');
const isRoot = process.getuid?.() === 0;
const whyNot = 'only root can make a network namespace';

test('a reply is known by its type and its token, behind a header of IPv4 or without', () => {
  const reply = echoRequest(4, 1, token);
  expect(isEchoReply(4, reply, token, false)).toBe(false);
  reply.writeUInt8(0, 0);
  expect(isEchoReply(4, reply, token, false)).toBe(true);
  const header = Buffer.alloc(24);
  header.writeUInt8(0x46, 0);
  expect(isEchoReply(4, Buffer.concat([header, reply]), token, true)).toBe(true);
  expect(isEchoReply(4, reply, Buffer.alloc(16), false)).toBe(false);
  expect(isEchoReply(6, reply, token, false)).toBe(false);
  expect(isEchoReply(4, reply.subarray(0, 20), token, false)).toBe(false);
  expect(isEchoReply(4, Buffer.alloc(0), token, true)).toBe(false);
});

test('the checksum is that of RFC 1071: over the whole packet it comes to nothing', () => {
  const packet = echoRequest(4, 7, token);
  let sum = 0;
  for (let at = 0; at < packet.length; at += 2) sum += packet.readUInt16BE(at);
  expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff);
});

const commands = (range: string): string =>
  ['ip link set lo up', `echo "${range}" > /proc/sys/net/ipv4/ping_group_range`, 'exec "$@"'].join(' && ');

const script = `
import { writeFileSync } from 'node:fs';
import { IcmpPing } from '${new URL('../../../src/platform/network/icmp-ping.ts', import.meta.url).pathname}';
import { SystemClock } from '${new URL('../../../src/platform/kernel/system-clock.ts', import.meta.url).pathname}';
const ping = new IcmpPing(new SystemClock());
const answers = {};
for (const host of ['127.0.0.1', 'localhost', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
  const asked = Array.from({ length: 20 }, () => ping.echo(host, AbortSignal.timeout(20_000)));
  answers[host] = (await Promise.all(asked)).join('');
}
for (const silent of ['ipv4/icmp_echo_ignore_all', 'ipv6/icmp/echo_ignore_all']) writeFileSync('/proc/sys/net/' + silent, '1');
let turns = 0;
const turn = setInterval(() => { turns += 1; }, 5);
const ask = async (host) => (answers['silent ' + host] = await ping.echo(host, AbortSignal.timeout(200)));
for (const host of ['127.0.0.1', '::1', '198.51.100.1', 'no-such-host.invalid']) await ask(host);
const late = ping.echo('127.0.0.1', AbortSignal.timeout(20_000));
setTimeout(() => writeFileSync('/proc/sys/net/ipv4/icmp_echo_ignore_all', '0'), 100);
answers.again = (await late) ?? '';
clearInterval(turn);
console.log(JSON.stringify({ answers, turning: turns > 20 }));
`;

test.for([
  ['ping sockets', '0 0'],
  ['raw sockets', '1 0'],
])('over %s a machine that answers is there, and a silent one is waited for', ([, range = ''], { skip }) => {
  skip(!isRoot, whyNot);
  const node = [process.execPath, '--input-type=module', '-e', script];
  const ended = spawnSync('unshare', ['--net', 'sh', '-c', commands(range), 'sh', ...node], { encoding: 'utf8' });
  expect(ended.stderr).toBe('');
  expect(JSON.parse(ended.stdout)).toEqual({
    answers: {
      '127.0.0.1': '',
      localhost: '',
      '127.1.2.3': '',
      '::1': '',
      '::ffff:127.0.0.1': '',
      'silent 127.0.0.1': 'no echo came back',
      'silent ::1': 'no echo came back',
      'silent 198.51.100.1': 'ENETUNREACH',
      'silent no-such-host.invalid': expect.stringContaining('no-such-host'),
      // A request that was lost is sent again.
      again: '',
    },
    turning: true,
  });
});

test('an account without rights is told what it lacks, and nothing of the host', ({ skip }) => {
  skip(!isRoot, whyNot);
  const nobody = 'process.setgroups?.([]); process.setgid?.(65534); process.setuid?.(65534);';
  const asked = `try { await ping.echo('127.0.0.1', AbortSignal.timeout(5000)); } catch (thrown) { console.log(thrown.code); }`;
  const [imports = ''] = script.split('const answers');
  const words = ['--input-type=module', '-e', `${imports}${nobody}${asked}`];
  const inNetwork = ['--net', 'sh', '-c', commands('1 0'), 'sh', process.execPath, ...words];
  expect(spawnSync('unshare', inNetwork, { encoding: 'utf8' }).stdout).toBe('PING-FORBIDDEN\n');
});
