// What a home is doing, from another process: asked of its server or, where none runs, of the servers inside an
// embedded run, which are told as one.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { remoteServer } from '../../api/remote-server.ts';
import { Failure } from '../../base/failure.ts';
import { homeWords } from '../../base/home-hints.ts';
import type { Health, JobReport, ServerReport } from '../../model/report.ts';
import { sendOverSocket } from '../../platform/http/http-socket.ts';
import type { Server, Service } from '../../runtime/contract/server.ts';
import { worstHealth } from '../../runtime/text/monitoring-text.ts';

export type HomeInformation = Pick<Service<'information'>, 'report' | 'space'>;

/** The calls reject with SERVER-NOT-RUNNING when neither a server nor a run is at work on the home. */
export function homeInformation(home: string): HomeInformation {
  return {
    report: async () => oneReport(await answers(home, ({ information }) => information.report())),
    space: async () => first(await answers(home, ({ information }) => information.space())),
  };
}

/** The answer of the home's server or, where none runs, those of the servers of a run; never empty. */
async function answers<Answer>(home: string, ask: (server: Server) => Promise<Answer>): Promise<readonly Answer[]> {
  const own = await answerOf(home, ask);
  if ('answer' in own) return [own.answer];
  const names = await readdir(join(home, 'servers')).catch(() => []);
  if (names.length === 0) throw own;
  const all = await Promise.all(names.sort().map((name) => answerOf(join(home, 'servers', name), ask)));
  const found = all.filter((one) => 'answer' in one);
  if (found.length === 0) throw noRun(home);
  return found.map(({ answer }) => answer);
}

/** The failure where no server runs; a socket that a killed process left is recognized, because nobody accepts. */
async function answerOf<Answer>(
  folder: string,
  ask: (server: Server) => Promise<Answer>,
): Promise<{ readonly answer: Answer } | Failure> {
  try {
    return { answer: await ask(remoteServer('server', sendOverSocket(folder))) };
  } catch (error) {
    if (error instanceof Failure && error.code === 'SERVER-NOT-RUNNING') return error;
    throw error;
  }
}

/** The report of several servers of one process: a connection between two of them is told once. */
export function oneReport(reports: readonly ServerReport[]): ServerReport {
  if (reports.length === 1) return first(reports);
  const jobs = reports.flatMap((one) => one.jobs);
  const joined = (texts: readonly string[]): string => [...new Set(texts)].join(', ');
  return {
    name: joined(reports.map(({ name }) => name)),
    version: joined(reports.map(({ version }) => version)),
    fingerprint: joined(reports.map(({ fingerprint }) => fingerprint)),
    startedMs: Math.min(...reports.map(({ startedMs }) => startedMs)),
    timeMs: Math.max(...reports.map(({ timeMs }) => timeMs)),
    taskProcessing: reports.some(({ taskProcessing }) => taskProcessing),
    jobs: [...Map.groupBy(jobs, ({ jobId }) => jobId).values()].map(bothSides),
  };
}

/** The report of the source, with what only the target knows, and the worse health. */
function bothSides(sides: readonly JobReport[]): JobReport {
  const source = sides.find(({ role }) => role === 'source') ?? first(sides);
  const target = sides.find(({ role }) => role === 'target') ?? source;
  const health: Health = worstHealth({ jobs: sides });
  const { revert } = target;
  return {
    ...source,
    health,
    additional: source.additional === '' ? target.additional : source.additional,
    failover: target.failover,
    ...(revert === undefined ? {} : { revert }),
  };
}

function first<One>(all: readonly One[]): One {
  const [one] = all;
  if (one === undefined) throw new Error('nobody answered');
  return one;
}

function noRun(home: string): Failure {
  const words = homeWords(home, process.env);
  return new Failure({
    code: 'SERVER-NOT-RUNNING',
    operation: 'call the server',
    subject: home,
    reason: 'neither a server nor a run is at work on this home folder',
    hint: `see what earlier runs did: understudy runs list${words}`,
    retryable: true,
  });
}
