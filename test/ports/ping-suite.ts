// What every adapter of the ping port must do; run against the real one and the simulated one.
import { expect, test } from 'vitest';
import type { Ping } from '../../src/ports/ping.ts';

export interface PingUnderTest {
  readonly ping: Ping;
  /** Hosts that reply. */
  readonly present: readonly string[];
  /** A host that keeps silent. */
  readonly silent: string;
}

export function pingSuite(setUp: () => PingUnderTest): void {
  test('a host that is there replies, asked by many at a time', async () => {
    const { ping, present } = setUp();
    const signal = AbortSignal.timeout(20_000);
    const asked = present.flatMap((host) => Array.from({ length: 20 }, () => ping.echo(host, signal)));
    expect(new Set(await Promise.all(asked))).toEqual(new Set([undefined]));
  });

  test('a silent host is waited for until the signal, and the event loop goes on meanwhile', async () => {
    const { ping, silent } = setUp();
    const ended = new AbortController();
    const answer = ping.echo(silent, ended.signal);
    let turns = 0;
    const turn = setInterval(() => {
      turns += 1;
      if (turns === 20) ended.abort();
    }, 1);
    expect(await answer).toMatch(/./);
    clearInterval(turn);
    expect(turns).toBe(20);
  });

  test('when the signal has ended, the answer comes at once', async () => {
    const { ping, silent } = setUp();
    await expect(ping.echo(silent, AbortSignal.abort())).resolves.toMatch(/./);
  });
}
