// A plan announces every effect that a run has: each example of the catalogue and of examples/ is planned, and run on
// two servers in memory, each recipe rehearsed as its comment says; every call with which the run changed a server is in
// the plan.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScript } from '../../../src/cli/scripts/script-file.ts';
import { givenParameters, plannedValues } from '../../../src/cli/scripts/secret-parameters.ts';
import { commands, taskCommands } from '../../../src/language/catalogue/catalogue.ts';
import { runScript, type Script } from '../../../src/language/program.ts';
import { PlanHost } from '../../../src/runtime/plan/plan-host.ts';
import { PlanTree, stepsOf } from '../../../src/runtime/plan/plan-tree.ts';
import { ManualClock } from '../../../src/simulator/time/manual-clock.ts';
import { check } from '../../language/scripted-host.ts';
import { ExampleHome, prepared } from '../../support/example-home.ts';
import { rehearsals, rehearse } from '../../support/recipes.ts';
import { scriptCluster } from '../../support/script-cluster.ts';

/** The calls that change a server, as the plan of a text announces them. */
async function announced(text: string): Promise<ReadonlySet<string>> {
  const { script, diagnostics } = check(text);
  if (script === undefined) throw new Error(diagnostics.map((one) => one.message).join('; '));
  return announcedBy(script);
}

async function announcedBy(
  script: Script,
  parameters: Readonly<Record<string, string>> = {},
): Promise<ReadonlySet<string>> {
  const [tree, clock] = [new PlanTree(), new ManualClock()];
  const host = new PlanHost({
    clock,
    tree,
    local: undefined,
    known: [],
    nameOf: async (written) => written,
    readHome: async () => undefined,
    readText: async () => 'key "understudy" { algorithm hmac-sha256; secret "bm90IGEgcmVhbCBrZXk="; };',
    timeZone: 'UTC',
  });
  const outcome = await runScript(script, { host, plan: host, clock, parameters });
  expect(outcome.kind === 'usage' ? outcome.diagnostics : []).toEqual([]);
  return new Set(stepsOf(tree.items).flatMap((step) => step.calls));
}

function missing(changes: readonly string[], plan: ReadonlySet<string>): readonly string[] {
  return [...new Set(changes)].filter((one) => !plan.has(one) && !onlyReads.has(one.split(' ')[1] ?? ''));
}

/** Calls that need full access and change nothing. */
const onlyReads: ReadonlySet<string> = new Set(['workloads.calculate', 'credentials.test', 'jobs.examineEdit']);

const examples = [...commands, ...taskCommands].flatMap((one) => one.examples);

it.each(examples)('%s', async (example) => {
  const home = await ExampleHome.open();
  await home.run(example);
  expect(home.changes.length).toBeGreaterThan(5);
  expect(missing(home.changes, await announced(`${prepared}\n${example}`))).toEqual([]);
});

it.each([
  'mirror start connection("sales") data delta',
  'for each $one in connections() do\n  mirror start $one data delta\nend',
  'if connection(1).health = "healthy" then\n  snapshot delete snapshot("before upgrade")\nend',
  'schedule delete schedule("nightly")\nmonitor start monitor("watch", "beta")',
  'for each $one in monitors("beta") do\n  monitor delete $one\nend',
])('what is looked up: %s', async (text) => {
  const home = await ExampleHome.open();
  const before = home.changes.length;
  expect(await home.run(text)).toMatchObject({ kind: 'completed' });
  expect(home.changes.length).toBeGreaterThan(before);
  // Also where the plan does not see how it was made.
  const found = `source alpha\ntarget beta\n${text}`;
  expect(missing(home.changes.slice(before), await announced(found))).toEqual([]);
});

const parameters = { workload: '/srv/sales', replica: '/srv/replica', quiesce: '/bin/true', stamp: '/bin/true' };

it.each(['sales', 'protect', 'demo'])('examples/%s.dtcl', async (name) => {
  const file = readFileSync(new URL(`../../../examples/${name}.dtcl`, import.meta.url), 'utf8');
  const text = Object.entries(parameters).reduce(
    (all, [parameter, value]) =>
      all.replace(`param $${parameter} as string`, `param $${parameter} as string = "${value}"`),
    file,
  );
  const { cluster, run, changes } = await scriptCluster();
  cluster.workload.makeDirectory('/srv');
  cluster.workload.makeDirectory('/srv/sales');
  cluster.workload.create('/srv/sales/orders', Buffer.from('three lamps'));
  await run(text);
  await cluster.stop();
  expect(changes).toContain('alpha jobs.connect');
  expect(changes).toContain('alpha tasks.queue');
  expect(missing(changes, await announced(text))).toEqual([]);
});

describe('the recipes', () => {
  let folder: string;
  const changed = new Set<string>();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'understudy-planned-recipes-'));
    writeFileSync(join(folder, 'password'), 'let me in\n');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(rehearsals)('%s', async (_, rehearsal) => {
    const { changes } = await rehearse(rehearsal, folder);
    for (const one of changes) changed.add(one);
    const { script } = await readScript(rehearsal.file);
    if (script === undefined) throw new Error('it does not check');
    const values = plannedValues(script, givenParameters(rehearsal.parameters));
    expect(missing(changes, await announcedBy(script, values))).toEqual([]);
  });

  it('change servers in many ways', () => {
    expect(changed.size).toBeGreaterThan(12);
  });
});
