// `understudy events`: what has happened on the server of a home; with --follow also what happens, until Ctrl-C. A server
// that does not answer meanwhile is mentioned once, and its events are shown when it answers again.
import { remoteServer } from '../../../api/remote-server.ts';
import { asFailure } from '../../../base/failure.ts';
import { type Clock, sleep } from '../../../base/waiting/clock.ts';
import { eventNames } from '../../../language/catalogue/definition/event-names.ts';
import type { ServerEvent } from '../../../model/event.ts';
import { type Severity, severities } from '../../../model/event-catalogue.ts';
import type { JobReport } from '../../../model/report.ts';
import { sendOverSocket } from '../../../platform/http/http-socket.ts';
import type { Server } from '../../../runtime/contract/server.ts';
import { instantText } from '../../../runtime/text/instant-text.ts';
import { machineEvent } from '../../../runtime/text/machine-text.ts';
import { type CommandLine, exitCodes, UsageError } from '../../command-line.ts';

export interface EventsRequest {
  readonly home: string;
  readonly json: boolean;
  readonly follow: boolean;
  /** This severity and what is worse. */
  readonly severity: Severity;
  /** Numbers or names; none stands for all. */
  readonly ids: readonly string[];
  /** The number, the name or the id of a connection. */
  readonly job?: string | undefined;
  /** Only the newest of those that have happened. */
  readonly last?: number | undefined;
  /** Only those of the last milliseconds. */
  readonly sinceMs?: number | undefined;
}

const askedEveryMs = 500;

export function events(request: EventsRequest, clock: Clock, commandLine: CommandLine): Promise<number> {
  return showEvents(request, remoteServer('server', sendOverSocket(request.home)), clock, commandLine);
}

/** A UsageError for an event or a connection that is not there. */
export async function showEvents(
  request: EventsRequest,
  server: Pick<Server, 'events' | 'jobs'>,
  clock: Clock,
  commandLine: CommandLine,
): Promise<number> {
  const { last, sinceMs, follow } = request;
  const wanted = await filterOf(request, server);
  const reader = new Reader(server);
  const before = (await reader.read()).filter(
    (one) => wanted(one) && (sinceMs === undefined || one.timeMs >= clock.wallMs() - sinceMs),
  );
  const shown = last === undefined ? before : before.slice(Math.max(0, before.length - last));
  for (const event of shown) commandLine.out(line(event, request.json));
  if (follow) await followOn(reader, wanted, request.json, clock, commandLine);
  return exitCodes.success;
}

async function followOn(
  reader: Reader,
  wanted: (event: ServerEvent) => boolean,
  json: boolean,
  clock: Clock,
  { out, note, interruption }: CommandLine,
): Promise<void> {
  let isSilent = false;
  for (;;) {
    await sleep(clock, askedEveryMs, interruption);
    if (interruption.aborted) return;
    try {
      const happened = await reader.read();
      if (isSilent) note('note: the server answers again');
      isSilent = false;
      for (const event of happened) if (wanted(event)) out(line(event, json));
    } catch (error) {
      if (!isSilent) {
        note(`warning: events come later, the server does not answer: ${asFailure(error, 'read', 'events').reason}`);
      }
      isSilent = true;
    }
  }
}

/** Reads the events of a server on from where it has read before; none is read twice, although several have one time. */
class Reader {
  readonly #server: Pick<Server, 'events'>;
  #lastMs = -1;
  #seen = 0;

  constructor(server: Pick<Server, 'events'>) {
    this.#server = server;
  }

  async read(): Promise<readonly ServerEvent[]> {
    const found = await this.#server.events.since(this.#lastMs - 1);
    const known = Math.min(this.#seen, found.filter((one) => one.timeMs === this.#lastMs).length);
    this.#lastMs = found.at(-1)?.timeMs ?? this.#lastMs;
    this.#seen = found.filter((one) => one.timeMs === this.#lastMs).length;
    return found.slice(known);
  }
}

async function filterOf(
  { severity, ids, job }: EventsRequest,
  { jobs }: Pick<Server, 'jobs'>,
): Promise<(event: ServerEvent) => boolean> {
  const numbers = new Set(ids.map(idOf));
  const jobId = job === undefined ? undefined : jobIdOf(job, await jobs.list());
  const least = severities.indexOf(severity);
  return (event) =>
    severities.indexOf(event.severity) >= least &&
    (numbers.size === 0 || numbers.has(event.id)) &&
    (jobId === undefined || event.jobId === jobId);
}

function idOf(written: string): number {
  const number = /^\d+$/.test(written) ? Number(written) : eventNames.get(written.toLowerCase());
  if (number !== undefined && [...eventNames.values()].includes(number)) return number;
  throw new UsageError(
    `--id ${written}: there is no such event; its number or name is meant, such as 5001 or link.lost`,
  );
}

function jobIdOf(written: string, jobs: readonly JobReport[]): string {
  const found = jobs.find(
    ({ number, name, jobId }) =>
      String(number) === written || name.toLowerCase() === written.toLowerCase() || jobId === written,
  );
  if (found !== undefined) return found.jobId;
  const known = jobs.map(({ number, name }) => `${number} (${name})`).join(', ');
  throw new UsageError(
    `--job ${written}: there is no such connection; ${known === '' ? 'there is none' : `there are: ${known}`}`,
  );
}

function line(event: ServerEvent, json: boolean): string {
  const { id, severity, timeMs, message } = event;
  return json ? JSON.stringify(machineEvent(event)) : `${instantText(timeMs)}  ${severity}  ${id}  ${message}`;
}
