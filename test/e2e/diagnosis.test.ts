// A throughput diagnosis on a real server without any other: it captures and mirrors a real folder, and DISCONNECT says what a target
// would need.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Stage } from '../support/serve-process.ts';

it('one server alone measures what a connection would need', async () => {
  const stage = Stage.open();
  const source = await stage.server('alpha');
  const workload = stage.makeFolder('workload');
  writeFileSync(join(workload, 'file'), Buffer.alloc(3_000_000, 'x'));
  const file = join(stage.makeFolder('figures'), 'sales.csv');
  const lines = [
    'source alpha',
    'repset create sales',
    `repset rule add "${workload}" include to sales`,
    'repset save',
    `$con = connect sales to TDU "${file}" compression on level 5`,
    'wait for mirror $con timeout 1 minute',
    'status job $con',
    'disconnect $con',
  ];
  const { exitCode, out, notes } = await stage.script(source, lines.join('\n'));
  expect(exitCode, `${out}${notes}`).toBe(0);
  expect(out).toMatch(/Target server: +TDU/);
  expect(out).toContain('Bandwidth needed: ');
  expect(out).toMatch(/Mirror: 2\.9 MB, .* on the wire; 1 s at 10 Mbit\/s/);
  expect(await source.api.jobs.list()).toEqual([]);
  const [heading, ...figures] = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(heading).toMatch(/^time,seconds,mirror_bytes/);
  const [, , bytes = 0, sent = 0] = figures.at(-1)?.split(',').map(Number) ?? [];
  expect(bytes).toBeGreaterThan(3_000_000);
  expect(sent).toBeLessThan(bytes / 10);
  const missing = `source alpha\nconnect sales to TDU "${stage.path('nowhere', 'a.csv')}"`;
  expect((await stage.script(source, missing)).exitCode).toBe(1);
});
