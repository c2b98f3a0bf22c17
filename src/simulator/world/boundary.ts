// The edge of one simulated server process: every call through its ports crosses here, both ways, and is recorded. Here the
// process ends (as kill -9 would end it, also in the middle of a call), calls take their time, and the world refuses them.
//
// What is true
//   - After the end nothing crosses: calls are never answered, and what the world would say is not heard.
//   - A call that takes time has its effect at the beginning or at the end of that time; when the process ends in between,
//     the effect may have happened although nobody heard of it.
//   - Calls on one log, one link or one capture keep their order, as the ports promise.
//   - A write that is refused has written half of its bytes; a log that has refused one call is dead, as the port says.
//   - While the process stands still it hears nothing and no call of it is answered. When it goes on, it comes to its timers that
//     are due first, and then to everything else, in order.
import { systemFailure } from '../../base/system-failure.ts';
import type { Clock } from '../../base/waiting/clock.ts';
import type { Link } from '../../ports/network.ts';
import { Stall } from '../time/stall.ts';
import { callText } from './call-texts.ts';
import type { History } from './history.ts';
import { quickClock, quickLink } from './unrecorded-ports.ts';

/** Which calls that open something lead to which kind of port. */
const opens: Readonly<Record<string, string>> = {
  'files.openTree': 'tree',
  'tree.open': 'file',
  'tree.create': 'file',
  'storage.openLog': 'log',
  'capture.start': 'session',
  'network.connect': 'link',
  'programs.start': 'program',
};

/** The callback of a timer, as it is recorded. */
const timerName = 'timer';

/** Calls on these objects stand in line behind each other. */
const inOrder: ReadonlySet<string> = new Set(['log', 'link', 'session']);

/** A call as rules see it: `files.openTree`, `tree.rename`, `file.write`, `log.sync`, … with what was given. */
export interface PortCall {
  readonly name: string;
  readonly given: readonly unknown[];
  /** The place the port is about, where it has one: the location of a tree, the name of a log. */
  readonly place: string;
}

/** The world that a server lives in: it may refuse a call, or let it take time. */
export interface BoundaryRules {
  /** The errno name with which the world refuses this call, or nothing. */
  refusal(call: PortCall): string | undefined;
  /** How long the call takes, in milliseconds, and whether its effect comes at the end of that time; nothing when at once. */
  delay(call: PortCall): { readonly durationMs: number; readonly effectLast: boolean } | undefined;
  /** A callback of the server threw. */
  defect(thrown: unknown): void;
  /** Resolves after that time. */
  sleep(durationMs: number): Promise<void>;
}

type AnyFunction = (...given: unknown[]) => unknown;

export class Boundary {
  readonly #server: string;
  readonly #history: History | undefined;
  readonly #rules: BoundaryRules;
  readonly #insides = new WeakMap<object, object>();
  readonly #lines = new WeakMap<object, Promise<unknown>>();
  readonly #deadLogs = new WeakSet<object>();
  readonly #stall: Stall;
  #over = false;
  /** What is done at a call that is still to come, and how many calls are left until then. */
  #awaited: { callsLeft: number; readonly strike: () => void } | undefined;

  /** Without a history nothing is recorded, and what is called all the time crosses more quickly. */
  constructor(server: string, history: History | undefined, rules: BoundaryRules) {
    this.#server = server;
    this.#history = history;
    this.#rules = rules;
    this.#stall = new Stall(() => rules.sleep(0));
  }

  get standsStill(): boolean {
    return this.#stall.isOn;
  }

  standStill(): void {
    this.#stall.begin();
  }

  goOn(): void {
    this.#stall.end();
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** The process is gone: nothing crosses any more. */
  end(): void {
    this.#over = true;
  }

  /** Does `strike` at the n-th call from now; should that end the process, the call is not answered any more. */
  atCall(calls: number, strike: () => void): void {
    this.#awaited = { callsLeft: calls, strike };
  }

  /** The port as the server sees it. */
  wrap<T extends object>(kind: string, port: T, place = ''): T {
    const wrapped = this.#history === undefined ? this.#quick(kind, port) : undefined;
    return wrapped ?? this.#recorded(kind, port, place);
  }

  #quick<T extends object>(kind: string, port: T): T | undefined {
    const isOver = (): boolean => this.#over;
    if (kind === 'clock') return quickClock(port as unknown as Clock, isOver) as unknown as T;
    return kind === 'link' ? (quickLink(port as unknown as Link, isOver) as unknown as T) : undefined;
  }

  #recorded<T extends object>(kind: string, port: T, place: string): T {
    const wrapped = new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) =>
          this.#call(target, member as AnyFunction, { name: `${kind}.${String(name)}`, given, place });
      },
    });
    this.#insides.set(wrapped, port);
    return wrapped;
  }

  #call(port: object, method: AnyFunction, call: PortCall): unknown {
    this.#count();
    if (this.#over) return unanswered(call);
    this.#history?.record(this.#server, call.name, call.place, asked(call));
    const name = call.name === 'clock.after' ? timerName : 'callback';
    const given = call.given.map((one) => this.#outward(one, name));
    const kind = call.name.slice(0, call.name.indexOf('.'));
    const delay = this.#rules.delay(call);
    const line = inOrder.has(kind) ? this.#lines.get(port) : undefined;
    if (delay === undefined && line === undefined) {
      const result = this.#attempt(port, method, given, call);
      return result instanceof Promise ? this.#answer(call, result) : this.#answered(call, result);
    }
    const done = this.#slowly(port, method, given, call, delay, line);
    if (inOrder.has(kind)) {
      const settled = done
        .catch(() => undefined)
        .then(() => {
          if (this.#lines.get(port) === settled) this.#lines.delete(port);
        });
      this.#lines.set(port, settled);
    }
    return this.#answer(call, done);
  }

  async #slowly(
    port: object,
    method: AnyFunction,
    given: unknown[],
    call: PortCall,
    delay: ReturnType<BoundaryRules['delay']>,
    line: Promise<unknown> | undefined,
  ): Promise<unknown> {
    await line;
    if (delay?.effectLast) await this.#rules.sleep(delay.durationMs);
    if (this.#over) return new Promise(() => undefined);
    const result = await this.#attempt(port, method, given, call);
    if (delay?.effectLast === false) await this.#rules.sleep(delay.durationMs);
    return result;
  }

  #attempt(port: object, method: AnyFunction, given: unknown[], call: PortCall): unknown {
    const code = this.#deadLogs.has(port) ? 'EBADF' : this.#rules.refusal(call);
    if (code === undefined) return method.apply(port, given);
    if (call.name.startsWith('log.')) this.#deadLogs.add(port);
    const part = halfOf(call);
    if (part !== undefined && code !== 'EBADF') void method.apply(port, part);
    return refused(code, call);
  }

  async #answer(call: PortCall, result: Promise<unknown>): Promise<unknown> {
    let value: unknown;
    try {
      value = await result;
      if (this.#stall.holds) await this.#stall.over();
    } catch (thrown) {
      if (this.#stall.holds) await this.#stall.over();
      if (this.#over) return new Promise(() => undefined);
      this.#history?.record(this.#server, 'failed', call.name, thrown);
      throw thrown;
    }
    return this.#over ? new Promise(() => undefined) : this.#answered(call, value);
  }

  #answered(call: PortCall, value: unknown): unknown {
    const opened = opens[call.name];
    if (opened === undefined || typeof value !== 'object' || value === null) {
      this.#history?.record(this.#server, 'answered', call.name, value);
      return typeof value === 'function' ? this.#closing(call, value as AnyFunction) : value;
    }
    const place = typeof call.given[0] === 'string' ? call.given[0] : '';
    this.#history?.record(this.#server, 'opened', opened, place);
    return this.wrap(opened, value, call.place === '' ? place : `${call.place}/${place}`);
  }

  /** What a call gave to end something again. */
  #closing({ name, given: [, callback] }: PortCall, close: AnyFunction): AnyFunction {
    return (...given) => {
      if (this.#over) return undefined;
      this.#history?.record(this.#server, 'closing');
      // A timer that was due while the process stood still has not come to its turn yet.
      if (name === 'clock.after') this.#stall.cancelTimer(callback as AnyFunction);
      return close(...given);
    };
  }

  /** What the server hands out: ports are handed back as they are, and its callbacks are heard only while it lives. */
  #outward(value: unknown, name: string): unknown {
    if (typeof value === 'function') return this.#inward(name, value as AnyFunction);
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array || Array.isArray(value))
      return value;
    const inside = this.#insides.get(value);
    if (inside !== undefined) return inside;
    const fields = Object.entries(value);
    if (!fields.some(([, field]) => typeof field === 'function')) return value;
    return Object.fromEntries(
      fields.map(([own, field]) => [
        own,
        typeof field === 'function' ? this.#inward(own, field.bind(value) as AnyFunction) : field,
      ]),
    );
  }

  #inward(name: string, callback: AnyFunction): AnyFunction {
    const hear = (...given: unknown[]): unknown => {
      this.#count();
      if (this.#over) return undefined;
      this.#history?.record(this.#server, 'hears', name, given);
      try {
        return callback(...given.map((one) => (isLink(one) ? this.wrap('link', one) : one)));
      } catch (thrown) {
        // What the world tells a server must never be answered with an exception.
        this.#rules.defect(thrown);
        return undefined;
      }
    };
    return (...given) => {
      if (!this.#stall.holds) return hear(...given);
      this.#stall.hold(() => void hear(...given), name === timerName ? callback : undefined);
      return undefined;
    };
  }

  /** What was to be done at a later call is not done. */
  forgetCall(): void {
    this.#awaited = undefined;
  }

  #count(): void {
    const awaited = this.#awaited;
    if (awaited === undefined || this.#over) return;
    awaited.callsLeft -= 1;
    if (awaited.callsLeft > 0) return;
    this.#awaited = undefined;
    awaited.strike();
  }
}

/** What a server that is no more gets for a call: nothing ever, but for what is asked of its own process and cannot wait. */
function unanswered(call: PortCall): unknown {
  if (call.name === 'clock.after') return () => undefined;
  return call.name.startsWith('clock.') ? 0 : new Promise(() => undefined);
}

async function refused(code: string, call: PortCall): Promise<never> {
  throw systemFailure(code, callText(call.name), subjectOf(call));
}

/** The thing that a call is about: what was opened, and in it what the call names. */
function subjectOf({ name, place, given: [first] }: PortCall): string {
  const named = typeof first === 'string' && first !== '' ? [first] : [];
  return [...(place === '' ? [] : [place]), ...named].join('/') || name;
}

/** What a call says. The buffer that a read may use holds what happens to lie in memory, and says nothing. */
function asked({ name, given }: PortCall): readonly unknown[] {
  return name === 'file.read' ? given.slice(0, 2) : given;
}

/** What of a write is done all the same before the system refuses it. */
function halfOf({ name, given }: PortCall): unknown[] | undefined {
  if (name === 'file.write') {
    const [offset, data] = given as [number, Uint8Array];
    return [offset, data.subarray(0, data.length >> 1)];
  }
  if (name !== 'log.append') return undefined;
  const [chunks] = given as [readonly Uint8Array[]];
  const whole = Buffer.concat(chunks);
  return [[whole.subarray(0, whole.length >> 1)]];
}

function isLink(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'send' in value && 'drained' in value;
}
