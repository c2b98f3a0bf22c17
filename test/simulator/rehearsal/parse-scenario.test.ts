import { describe, expect, it } from 'vitest';
import { renderDiagnostics } from '../../../src/language/reading/render-diagnostics.ts';
import { SourceText } from '../../../src/language/tree/source-text.ts';
import { readScenario } from '../../../src/simulator/rehearsal/parse-scenario.ts';
import type { Scenario } from '../../../src/simulator/rehearsal/scenario.ts';

function read(text: string): Scenario {
  const source = new SourceText('night.scenario', text);
  const { scenario, diagnostics } = readScenario(source);
  if (scenario === undefined) throw new Error(renderDiagnostics(diagnostics, source));
  return scenario;
}

function mistakes(text: string): string {
  const source = new SourceText('night.scenario', text);
  const { scenario, diagnostics } = readScenario(source);
  expect(scenario).toBeUndefined();
  return renderDiagnostics(diagnostics, source);
}

describe('a scenario', () => {
  it('says what there is, what happens and what is expected, in any letter case', () => {
    const scenario = read(`# a night
SERVER alpha ADDRESS 10.0.0.1 10.0.1.1
servers beta
workload alpha /srv/shop/ 200 files   # the shop
WRITES 20 PER hour
DNS SERVER [::1]:5353 ZONES example other.example.
LASTS 24h
AT 1h30m target crashes
AT 5 minutes SOURCE DIES
AT 90s NETWORK PARTITION 30s BETWEEN alpha AND beta
AT 2h CLOCK OF SERVER beta SET -10m
PROGRAM "/opt/my shop/start" FAILS
EXPECT LOSS <5s
EXPECT EVENT failover.completed ON beta
EXPECT STATE mirror required
`);
    expect(scenario.servers).toEqual([
      { name: 'alpha', addresses: ['10.0.0.1', '10.0.1.1'] },
      { name: 'beta', addresses: [] },
    ]);
    expect(scenario.workloads).toEqual([{ server: 'alpha', root: '/srv/shop', files: 200 }]);
    expect(scenario.writeEveryMs).toBe(180_000);
    expect(scenario.dnsServers).toEqual([{ host: '::1', port: 5353, zones: ['example', 'other.example'] }]);
    expect(scenario.lastsMs).toBe(86_400_000);
    expect(scenario.happenings.map(({ atMs, meaning }) => ({ atMs, ...meaning }))).toEqual([
      { atMs: 0, kind: 'program', path: '/opt/my shop/start', outcome: 'fails' },
      { atMs: 90_000, kind: 'partition', durationMs: 30_000, between: ['alpha', 'beta'] },
      { atMs: 300_000, kind: 'dies', who: { role: 'source' } },
      { atMs: 5_400_000, kind: 'crashes', who: { role: 'target' } },
      { atMs: 7_200_000, kind: 'clock', who: { server: 'beta' }, byMs: -600_000 },
    ]);
    expect(scenario.expectations.map(({ meaning }) => meaning)).toEqual([
      { kind: 'loss', comparison: '<', lossMs: 5000 },
      { kind: 'event', id: 5072, server: 'beta' },
      { kind: 'state', state: 'mirror required' },
    ]);
  });

  it('shows every mistake with its place and what is allowed there', () => {
    expect(
      mistakes(`SERVERS alpha beta
AT 5m SOURCE DYES
AT noon SOURCE DIES
AT 5m SERVER gamma DIES
EXPECT LOSS 5s
EXPECT EVENT failover.complete
WORKLOAD alpha srv/shop 10 FILES
LASTS 1h now
`),
    ).toMatchInlineSnapshot(`
      "error[R0101]: DYES is not expected here
         --> night.scenario:2:14
          |
       2  | AT 5m SOURCE DYES
          |              ^^^^
          = fix: did you mean DIES? Otherwise write DIES, CRASHES or RETURNS

      error[R0102]: noon is no duration
         --> night.scenario:3:4
          |
       3  | AT noon SOURCE DIES
          |    ^^^^
          = fix: write a duration: 90s, 5m, 24h, 5 minutes

      error[R0103]: no server is called gamma
         --> night.scenario:4:14
          |
       4  | AT 5m SERVER gamma DIES
          |              ^^^^^
          = fix: the servers are alpha, beta

      error[R0101]: 5s is not expected here
         --> night.scenario:5:13
          |
       5  | EXPECT LOSS 5s
          |             ^^
          = fix: write <, <= or =

      error[R0102]: there is no event failover.complete
         --> night.scenario:6:14
          |
       6  | EXPECT EVENT failover.complete
          |              ^^^^^^^^^^^^^^^^^
          = fix: did you mean failover.completed?

      error[R0102]: srv/shop is not the folder of an application, from the root: /srv/sales
         --> night.scenario:7:16
          |
       7  | WORKLOAD alpha srv/shop 10 FILES
          |                ^^^^^^^^
          = fix: write the folder of an application, from the root: /srv/sales

      error[R0101]: now is not expected here
         --> night.scenario:8:10
          |
       8  | LASTS 1h now
          |          ^^^
          = fix: the line says enough without it"
    `);
  });

  it('needs servers, each once', () => {
    expect(mistakes('EXPECT EXIT 0')).toContain('the scenario names no servers');
    expect(mistakes('SERVERS alpha Alpha')).toContain('the server Alpha is named twice');
  });

  it.each([
    'EXPECT',
    'AT 5m',
    'AT 5m NETWORK PARTITION',
    'DISK OF alpha FULL 30s',
    'EXPECT TASK x DONE',
    'WRITES 0 PER HOUR',
    'WORKLOAD alpha / 10 FILES',
    'WORKLOAD alpha /srv 0 FILES',
    'DNS SERVER 10.0.0.53',
    'EXPECT DNS shop.example 10.0.0.2',
    'EXPECT EVENT 9999',
    'EXPECT EXIT zero',
    '"',
    '=',
  ])('is not: %s', (line) => {
    expect(mistakes(`SERVERS alpha\n${line}`)).toMatch(/^error\[R01\d\d\]: .*\n +--> night\.scenario:2:\d+\n/);
  });
});
