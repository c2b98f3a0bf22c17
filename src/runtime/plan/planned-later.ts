// What runs later and elsewhere: the actions of a stream task at their points, and the block of a schedule. Each becomes
// a part below the command that put it there, with the server that would run it and when; a block is planned like a
// script of its own, in the session that it will have.

import type { Span } from '../../base/diagnostic.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { PlanObserver } from '../../language/interpreter/planning.ts';
import { checkScript, runScript } from '../../language/program.ts';
import { SourceText } from '../../language/tree/source-text.ts';
import type { CommandRequest, Host } from '../../language/values/host.ts';
import { handle, holdsUnknown, type RecordValue, type Value } from '../../language/values/value.ts';
import { type TaskAction, taskPoints } from '../../model/stream/task.ts';
import type { Session } from '../session/session.ts';
import { readBindings } from '../values/bindings.ts';
import type { Later } from './planned-servers.ts';

/** A block in a block in a block is not followed further. */
const depthMax = 3;

/** The host of a plan, as blocks need it. */
export interface BlockHost extends Host, PlanObserver {
  readonly session: Session;
  readonly clock: Clock;
  /** How many blocks it is inside. */
  readonly depth: number;
  /** The host of a block on this server; `placeOf` gives the place in the script of a line of the block. */
  forBlock(server: string, placeOf: (line: number) => Place): BlockHost;
}

/** A line of a file, counted from 1. */
export type Place = Pick<Span, 'file' | 'line'>;

interface LaterBlock {
  readonly title: string;
  readonly body: string;
  readonly bindings: string;
  /** The server that runs it. */
  readonly server: string;
  readonly task?: { readonly jobId: string; readonly source: string; readonly target: string };
}

export async function planLater(
  later: Later,
  request: CommandRequest,
  host: BlockHost,
  signal: AbortSignal,
): Promise<void> {
  if (later.kind === 'schedule') {
    const { cron, timeZone, body, bindings } = later.specification;
    const title = `on ${later.server}, whenever it is ${cron} (${timeZone})`;
    await planBlock({ title, body, bindings, server: later.server }, request, host, signal);
    return;
  }
  if (later.kind === 'monitor') {
    const text = {
      null: 'takes over, or waits for a person',
      true: 'waits for a person',
      false: 'takes over by itself',
    };
    host.open(`on ${later.server}, when ${later.name} finds its source gone`, request.span, true);
    host.note(text[`${later.waits}`], request.span);
    host.close();
    return;
  }
  const { server: source, target, jobId, task } = later;
  for (const point of taskPoints) {
    const action = task.actions[point];
    if (action === undefined) continue;
    const server = point === 'onqueue' || point === 'ontransmit' ? source : target;
    const title = `on ${server}, when ${task.name} reaches ${point.toUpperCase()}`;
    if (action.type === 'block') {
      const { body, bindings } = action;
      const block = { title, body, bindings, server, task: { jobId, source, target } };
      await planBlock(block, request, host, signal);
    } else {
      host.open(title, request.span, true);
      host.note(actionText(action), request.span);
      host.close();
    }
  }
}

async function planBlock(
  block: LaterBlock,
  request: CommandRequest,
  host: BlockHost,
  signal: AbortSignal,
): Promise<void> {
  const { span } = request;
  const { unknowns, placeOf } = givenBlock(block, request);
  const variables = new Map([...readBindings(block.bindings), ...unknowns]);
  const { script, diagnostics } = checkScript(new SourceText(span.file, block.body), { variables: variables.keys() });
  const before = host.save();
  host.open(block.title, span, true);
  try {
    if (script === undefined) host.note(`cannot run: ${diagnostics[0]?.message ?? 'it does not check'}`, span);
    else if (host.depth >= depthMax) host.note('has a block of its own, which the plan does not follow', span);
    else {
      const own = host.forBlock(block.server, placeOf);
      await begin(own, block);
      const { clock } = host;
      const outcome = await runScript(script, { host: own, plan: own, clock, signal, variables });
      if (outcome.kind !== 'completed') host.note(`fails: ${outcome.diagnostics[0]?.message ?? ''}`, span);
    }
  } finally {
    host.close();
    host.restore(before);
  }
}

/** The session in which the server runs the block (runtime/script/detached-block.ts). */
async function begin(host: BlockHost, { task }: LaterBlock): Promise<void> {
  host.session.isDetached = true;
  host.session.isScheduled = task === undefined;
  if (task === undefined) return;
  host.session.sourceName = task.source;
  host.session.targetName = task.target;
  await host.session.connection(handle('connection', task.jobId, 0)).catch(() => undefined);
}

interface GivenBlock {
  readonly unknowns: readonly (readonly [string, Value])[];
  readonly placeOf: (line: number) => Place;
}

/**
 * The block as the command was given it: its unknown values, and where its lines stand in the script. The lines of a block
 * that the command itself made are those of the command.
 */
function givenBlock({ body }: LaterBlock, { arguments: given, span }: CommandRequest): GivenBlock {
  const find = (fields: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> | undefined => {
    if (fields.get('body') === body) return fields;
    return [...fields.values()].map((one) => (isRecord(one) ? find(one.fields) : undefined)).find((one) => one);
  };
  const block = find(new Map(Object.entries(given)));
  const [bindings, lines] = [block?.get('bindings'), block?.get('lines')];
  const pieces = typeof lines === 'object' && lines.kind === 'list' ? lines.items.filter(isRecord) : [];
  const placeOf = (line: number): Place => {
    const piece = pieces.findLast(({ fields }) => Number(fields.get('from')) <= line)?.fields;
    if (piece === undefined) return span;
    return { file: String(piece.get('file')), line: Number(piece.get('line')) + line - Number(piece.get('from')) };
  };
  return {
    unknowns: isRecord(bindings) ? [...bindings.fields].filter(([, value]) => holdsUnknown(value)) : [],
    placeOf,
  };
}

function isRecord(value: Value | undefined): value is RecordValue {
  return typeof value === 'object' && value.kind === 'record';
}

function actionText(action: Exclude<TaskAction, { readonly type: 'block' }>): string {
  switch (action.type) {
    case 'program':
      return `runs ${[action.program, ...action.arguments].join(' ')}`;
    case 'javascript':
      return ['runs JavaScript', ...programsText(action.body)].join(', ');
    case 'snapshot':
      return `takes the snapshot "${action.name}"`;
    case 'verify':
      return 'verifies the replica';
    case 'failover':
      return 'takes over from the source';
    case 'dns-update':
      return `changes the name ${action.name} to ${action.address}`;
  }
}

/** For the call of a TASK: the programs that its JavaScript may run. */
export function scriptRemark({ command, arguments: given }: CommandRequest): string[] {
  return command === 'task.run' ? programsText(String(given.script ?? '')) : [];
}

/** The programs that stand in a JavaScript as literals; others may be put together while it runs. */
function programsText(script: string): string[] {
  const calls = [...script.matchAll(/\brun\s*\(\s*(?:(["'`])((?:(?!\1)[^\\$])*)\1)?/g)];
  const named = [...new Set(calls.flatMap((one) => (one[2] === undefined ? [] : [one[2]])))];
  const open = calls.some((one) => one[2] === undefined);
  const all = [...named, ...(open ? ['a program that only the run can tell'] : [])];
  return all.length === 0 ? [] : [`may run ${all.join(', ')}`];
}
