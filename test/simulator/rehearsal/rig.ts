// Rehearses a script and a scenario that a test writes down, and gives the report with the lines that were told.
import { checkScript } from '../../../src/language/program.ts';
import { renderDiagnostics } from '../../../src/language/reading/render-diagnostics.ts';
import { SourceText } from '../../../src/language/tree/source-text.ts';
import { readScenario } from '../../../src/simulator/rehearsal/parse-scenario.ts';
import { type RehearsalReport, rehearse } from '../../../src/simulator/rehearsal/rehearsal.ts';
import type { TimelineEntry } from '../../../src/simulator/rehearsal/timeline.ts';

export interface Rehearsed {
  readonly report: RehearsalReport;
  readonly entries: readonly TimelineEntry[];
  /** By the text of the expectation: whether it held. */
  readonly held: Readonly<Record<string, boolean>>;
  readonly why: Readonly<Record<string, string>>;
}

export async function rehearsed(
  scriptText: string,
  scenarioText: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Rehearsed> {
  const source = new SourceText('script.dtcl', scriptText);
  const { script, diagnostics } = checkScript(source);
  if (script === undefined) throw new Error(renderDiagnostics(diagnostics, source));
  const scenarioSource = new SourceText('night.scenario', scenarioText);
  const { scenario, diagnostics: mistakes } = readScenario(scenarioSource);
  if (scenario === undefined) throw new Error(renderDiagnostics(mistakes, scenarioSource));
  const entries: TimelineEntry[] = [];
  const report = await rehearse({
    script,
    scenario,
    seed: 1,
    parameters,
    timeZone: 'UTC',
    readText: (path) => {
      throw new Error(`there is no file ${path} in this test`);
    },
    signal: new AbortController().signal,
    tell: (entry) => entries.push(entry),
  });
  const of = <T>(value: (one: RehearsalReport['verdicts'][number]) => T): Record<string, T> =>
    Object.fromEntries(report.verdicts.map((one) => [one.line.text, value(one)]));
  return { report, entries, held: of(({ verdict }) => verdict.held), why: of(({ verdict }) => verdict.why) };
}

/** Connects the shop of alpha to beta, waits for the mirror, and has a monitor watch. */
export const protect = `source alpha
target beta
dns server add "10.0.0.53" zone "example"
repset create shop
repset rule add "/srv/shop" include to shop
repset save
$con = connect shop to beta map "/srv/shop" to "/srv/copy"
wait for mirror $con timeout 10 minutes
monitor create watch on $con interval 5 seconds total 20 seconds
monitor start watch
`;

/** Little is written, because every write costs a test its time. */
export const world = `SERVERS alpha beta
WORKLOAD alpha /srv/shop 20 FILES
WRITES 1 PER MINUTE
DNS SERVER 10.0.0.53 ZONES example
`;

export const idleWorld = world.replace(/^WRITES.*\n/m, '');
