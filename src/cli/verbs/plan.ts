// `understudy plan FILE [--NAME VALUE …]`: shows what `run` would do, command by command, without doing it. The home is
// read and never written, no server is asked, no link is opened. runtime/plan has the assumptions of a plan.
//
// What only a run can know is unknown, and the plan goes every way that hangs on it (language/interpreter/planning.ts). Only
// the first steps of a line that repeats are shown.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/waiting/clock.ts';
import type { Budgets } from '../../language/interpreter/execution.ts';
import { runScript } from '../../language/program.ts';
import { loadIdentity } from '../../platform/identity/identity.ts';
import { TrustStore } from '../../platform/identity/trust-store.ts';
import { type Allowance, nothingAllowed, refusalsBy } from '../../runtime/machine/allowance.ts';
import { PlanHost, type PlanHostOptions } from '../../runtime/plan/plan-host.ts';
import { PlanTree } from '../../runtime/plan/plan-tree.ts';
import { type CommandLine, exitCodes } from '../command-line.ts';
import { PlanPrinter } from '../scripts/plan-printer.ts';
import { readScript, readText } from '../scripts/script-file.ts';
import { plannedValues } from '../scripts/secret-parameters.ts';
import { configuredName, configuredServers, ownServerOf } from '../servers/configured-servers.ts';
import { embeddedName } from '../servers/embedded-servers.ts';

export interface PlanRequest {
  readonly file: string;
  /** By name, without the dollar. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The file that holds each secret, by the name of the parameter. */
  readonly secretFiles?: Readonly<Record<string, string>>;
  readonly home: string;
  readonly format: 'text' | 'json';
  /** Also asks the servers, with calls that read. */
  readonly ask?: boolean | undefined;
  /** What the script may reach of this machine; absent: nothing. */
  readonly allowance?: Allowance;
  readonly budgets: Partial<Budgets>;
}

/** A plan with more steps is in a loop that only a budget would end. */
const stepsMax = 100_000;

/** The exit code that `run` would have if all went well, 3 when the script does not check. */
export async function plan(request: PlanRequest, clock: Clock, commandLine: CommandLine): Promise<number> {
  const allowance = request.allowance ?? nothingAllowed;
  const file = await readScript(request.file, refusalsBy(allowance));
  const printer = new PlanPrinter(request.format, file.source, commandLine);
  for (const diagnostic of file.diagnostics) printer.diagnostic(diagnostic);
  if (file.script === undefined) return printer.end(exitCodes.scriptInvalid);
  const tree = new PlanTree();
  const host = new PlanHost({
    clock,
    ...(await serversOf(request.home)),
    readHome: (name) => readIfThere(join(request.home, name)),
    readText,
    allowance,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    tree,
  });
  const outcome = await runScript(file.script, {
    host,
    plan: host,
    clock,
    signal: commandLine.interruption,
    parameters: plannedValues(file.script, request),
    budgets: { steps: stepsMax, ...request.budgets },
  });
  printer.items(tree.items);
  if (request.ask) {
    const own = await ownServerOf(request.home);
    const { get } = await configuredServers({ home: request.home, clock, own, serving: true });
    printer.findings(await host.ask(get));
  }
  for (const diagnostic of outcome.diagnostics) printer.diagnostic(diagnostic);
  return printer.end(outcome.exitCode);
}

/** The servers that a run would use (open-servers.ts), without asking whether the home's own server runs. */
async function serversOf(home: string): Promise<Pick<PlanHostOptions, 'local' | 'known' | 'nameOf' | 'isEmbedded'>> {
  const peers = await new TrustStore(home).peers();
  const own = (await loadIdentity(home))?.name;
  if (peers.length === 0)
    return { local: own, known: [], nameOf: async (written) => embeddedName(written), isEmbedded: true };
  const nameOf = async (written: string): Promise<string> => configuredName(home, written, own, peers);
  const known = peers.map(({ name, address, roles }) => ({
    name,
    address: address ?? null,
    access: roles.join(', '),
  }));
  return { local: own, known, nameOf };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
