// What a plan keeps beside a run. A plan runs the script with the same closures on a host that only notes what it is
// asked for; what only a run can know is an unknown value (values/value.ts). Where the way through the script hangs on
// one, the plan goes every way, one after the other from the same state, and joins the states again: a variable with
// different values is unknown from there on, and the host joins what it knows of its servers.
//
// No way ends the plan: FAIL, EXIT and a certain error end their way only, as long as another goes on.
import type { Span } from '../../base/diagnostic.ts';
import { isUnknown, type Value } from '../values/value.ts';
import { ExitRequest, ScriptFailure } from './execution.ts';
import { type Awaitable, Completion, type Frame } from './frame.ts';
import type { FunctionEntry } from './scope.ts';

/** Receives what stands around the commands of a plan, which the host notes by itself. */
export interface PlanObserver {
  /** Opens an indented part, such as `if $free < 1 GB`. With `maybe`, a run may leave the part out. */
  open(title: string, span: Span, maybe: boolean): void;
  close(): void;
  /** A line of its own: a wait, or where a way ends. */
  note(text: string, span: Span): void;
  /** Plans a branch of a PARALLEL: what it says of itself (SOURCE, TARGET) is forgotten at its end. */
  inBranch<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Whether what is planned is a block that runs at another time. */
  readonly isLater: boolean;
  /** What the host knows of its servers and of the session. */
  save(): PlanState;
  restore(state: PlanState): void;
  /** Joins another state with the present one. */
  join(state: PlanState): void;
  /** Forgets everything that was noted after the mark, as if it had not been planned. */
  mark(): PlanMark;
  forget(mark: PlanMark): void;
}

/** Both belong to the observer; nobody else looks into them. */
export type PlanState = { readonly planState: unknown };
export type PlanMark = { readonly planMark: unknown };

/** A loop that nothing in the script ends: what stands behind it is never reached. */
export class NeverEnds extends ExitRequest {
  constructor() {
    super(0);
  }
}

/** One of the ways on which a script may go on. */
export interface Way {
  /** Absent for the way on which nothing happens. */
  readonly title?: string;
  readonly span: Span;
  readonly run: (frame: Frame) => Awaitable<Completion>;
}

export interface Saved {
  readonly slots: readonly (Value | undefined)[];
  readonly state: PlanState;
}

/** The unknown value of the variable in a slot. */
export type UnknownOfSlot = (slot: number) => Value;

export class Planning {
  readonly observer: PlanObserver;
  /** Variables that event handlers assign, which they may do at any time. */
  readonly assignedByHandlers: Set<string> = new Set();
  /** Counts the ways that have left a loop, a function or the script without the others. */
  departures = 0;
  #maybeDepth = 0;
  #handlerDepth = 0;
  readonly #returned = new WeakMap<Frame, Value[]>();
  readonly #active = new Map<FunctionEntry, { count: number; readonly maybeDepth: number }>();

  constructor(observer: PlanObserver) {
    this.observer = observer;
  }

  /** Whether it is known at what time the run will be here. */
  get knowsTime(): boolean {
    return !this.observer.isLater && this.#handlerDepth === 0;
  }

  /** Plans what a run does when an event happens. */
  async whenever<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#handlerDepth += 1;
    try {
      return await work();
    } finally {
      this.#handlerDepth -= 1;
    }
  }

  save(frame: Frame): Saved {
    return { slots: [...frame.slots], state: this.observer.save() };
  }

  restore(frame: Frame, { slots, state }: Saved): void {
    setSlots(frame, slots);
    this.observer.restore(state);
  }

  /** Joins other states with the present one. A variable that only one of them has keeps its value. */
  join(frame: Frame, others: readonly Saved[], unknownOf: UnknownOfSlot): void {
    for (const { slots, state } of others) {
      joinSlots(frame, slots, unknownOf);
      this.observer.join(state);
    }
  }

  /** Plans a part that a run may leave out; returns how it ends, or what it throws as `thrown`. */
  async way(frame: Frame, { title, span, run }: Way): Promise<Completion | { readonly thrown: unknown }> {
    const { thread } = frame;
    const { depth } = thread;
    if (title !== undefined) this.observer.open(title, span, true);
    this.#maybeDepth += 1;
    try {
      return await run(frame);
    } catch (thrown) {
      const end = endText(thrown);
      if (end === undefined) throw thrown;
      thread.depth = depth;
      this.observer.note(end, span);
      return { thrown };
    } finally {
      this.#maybeDepth -= 1;
      if (title !== undefined) this.observer.close();
    }
  }

  /** Plans every way from the present state. Throws, or leaves the block, only when no way goes on behind it. */
  async fork(frame: Frame, ways: readonly Way[], unknownOf: UnknownOfSlot): Promise<Completion> {
    const before = this.save(frame);
    const left: { readonly end: Completion; readonly saved: Saved }[] = [];
    const thrown: unknown[] = [];
    for (const way of ways) {
      this.restore(frame, before);
      const end = await this.way(frame, way);
      if (typeof end === 'object') thrown.push(end.thrown);
      else {
        if (end === Completion.return) this.keepReturned(frame);
        left.push({ end, saved: this.save(frame) });
      }
    }
    const [first, ...others] = left;
    // A failure may be caught, and then what handles it is planned.
    if (first === undefined) throw thrown.find((one) => one instanceof ScriptFailure) ?? thrown[0];
    this.restore(frame, first.saved);
    this.join(
      frame,
      others.map((one) => one.saved),
      unknownOf,
    );
    const ends = new Set(left.map((one) => one.end));
    if (ends.size === 1 && thrown.length === 0) return first.end;
    this.departures += 1;
    if (ends.has(Completion.normal) || ends.size > 1) return Completion.normal;
    return first.end;
  }

  /** Notes what a way returned, although the function may go on. */
  keepReturned(frame: Frame): void {
    if (frame.returned === undefined) return;
    this.#returned.set(frame, [...(this.#returned.get(frame) ?? []), frame.returned]);
    frame.returned = undefined;
  }

  /** The result of a function: the one value that all its ways return, or else `otherwise`. */
  resultOf(frame: Frame, last: Value, otherwise: () => Value): Value {
    const [first, ...others] = [...(this.#returned.get(frame) ?? []), last];
    return first !== undefined && others.every((one) => sameValue(first, one)) ? first : otherwise();
  }

  /** Enters a function; false when it has called itself from a part that a run may leave out, without a known end. */
  enter(entry: FunctionEntry): boolean {
    const active = this.#active.get(entry) ?? { count: 0, maybeDepth: this.#maybeDepth };
    if (active.count > 1 && active.maybeDepth < this.#maybeDepth) return false;
    active.count += 1;
    this.#active.set(entry, active);
    return true;
  }

  leave(entry: FunctionEntry): void {
    const active = this.#active.get(entry);
    if (active === undefined) return;
    active.count -= 1;
    if (active.count === 0) this.#active.delete(entry);
  }
}

/** How a way ends that is not reached to its end; undefined for what ends the whole plan. */
function endText(thrown: unknown): string | undefined {
  if (thrown instanceof ScriptFailure) return `fails: ${thrown.diagnostic.message}`;
  if (thrown instanceof NeverEnds) return 'goes on like this until the run is stopped';
  if (thrown instanceof ExitRequest) return `the script ends here, with exit code ${thrown.exitCode}`;
  return undefined;
}

function setSlots(frame: Frame, slots: readonly (Value | undefined)[]): void {
  for (const [slot, value] of slots.entries()) frame.slots[slot] = value;
}

function joinSlots(frame: Frame, slots: readonly (Value | undefined)[], unknownOf: UnknownOfSlot): void {
  for (const [slot, other] of slots.entries()) {
    const own = frame.slots[slot];
    if (own === undefined) frame.slots[slot] = other;
    else if (other !== undefined && !sameValue(own, other)) frame.slots[slot] = unknownOf(slot);
  }
}

/** Whether two states of the variables are the same. */
export function sameSlots(one: readonly (Value | undefined)[], other: readonly (Value | undefined)[]): boolean {
  return one.every((value, slot) => {
    const counterpart = other[slot];
    return value === counterpart || (value !== undefined && counterpart !== undefined && sameValue(value, counterpart));
  });
}

function sameValue(one: Value, other: Value): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  if (one === other) return true;
  if (isUnknown(one) || isUnknown(other)) return isUnknown(one) && isUnknown(other) && one.text === other.text;
  if (one.kind !== other.kind) return false;
  if (one.kind === 'list' && other.kind === 'list')
    return (
      one.items.length === other.items.length && one.items.every((item, at) => sameValue(item, other.items[at] ?? item))
    );
  if (one.kind === 'record' && other.kind === 'record')
    return (
      one.fields.size === other.fields.size &&
      [...one.fields].every(([name, field]) => {
        const counterpart = other.fields.get(name);
        return counterpart !== undefined && sameValue(field, counterpart);
      })
    );
  // Secrets are the same only when they are one object; everything else is a few plain fields.
  return one.kind !== 'secret' && JSON.stringify(one) === JSON.stringify(other);
}
