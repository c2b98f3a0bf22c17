// The names of the live properties of handles, `$con.mirror.percent`. The check of a script reads them; whoever gives
// the values has to give exactly these (runtime/script/properties.ts).
import type { HandleType, Value } from '../../values/value.ts';

/**
 * `plain` has nothing inside, `open` is a list or a record whose inside only a run knows; everything else is a tree.
 */
export interface PropertyNames {
  readonly [name: string]: 'plain' | 'open' | PropertyNames;
}

/** The values of properties, by their names. */
export type PropertiesOf<Names> = {
  readonly [Name in keyof Names]: Names[Name] extends 'plain' | 'open' ? Value : PropertiesOf<Names[Name]>;
};

const traffic = { status: 'plain', sent: 'plain', transmitted: 'plain', queued: 'plain' } as const;
const point = { state: 'plain', reason: 'plain', exitcode: 'plain', output: 'plain', result: 'open' } as const;

export const handleProperties = {
  connection: {
    id: 'plain',
    name: 'plain',
    repset: 'plain',
    health: 'plain',
    source: { name: 'plain' },
    target: { name: 'plain', state: 'plain' },
    mirror: {
      ...traffic,
      method: 'plain',
      percent: 'plain',
      remaining: 'plain',
      skipped: 'plain',
      completed: 'plain',
    },
    replication: traffic,
    queue: { bytes: 'plain', operations: 'plain', memory: 'plain', disk: 'plain' },
    transmit: { mode: 'plain' },
    sequence: { head: 'plain', durable: 'plain', applied: 'plain' },
    epoch: 'plain',
    failedover: 'plain',
    established: 'plain',
    connected: 'plain',
    paths: 'open',
    surplus: 'plain',
    additional: 'plain',
  },
  snapshot: { name: 'plain', type: 'plain', state: 'plain', taken: 'plain' },
  task: {
    name: 'plain',
    onqueue: point,
    ontransmit: point,
    onreceive: point,
    onexecute: point,
    mirrorstart: point,
    mirrorstop: point,
    mirrorcomplete: point,
  },
  monitor: { name: 'plain', state: 'plain', failures: 'plain', last: 'plain', evidence: 'open' },
  schedule: {
    name: 'plain',
    cron: 'plain',
    next: 'plain',
    last: 'plain',
    outcome: 'plain',
    missed: 'plain',
    running: 'plain',
  },
  server: { name: 'plain' },
} as const satisfies Readonly<Record<HandleType, PropertyNames>>;

/** What is behind a property; undefined when there is none of this name, whose letters may be small or capital. */
export function propertyNamed(names: PropertyNames, name: string): PropertyNames[string] | undefined {
  const key = Object.keys(names).find((one) => one === name.toLowerCase());
  return key === undefined ? undefined : names[key];
}

/** The names behind the steps from a handle; none where only a run knows them. */
export function propertiesBehind(type: HandleType, steps: readonly (string | number)[]): readonly string[] {
  let names: PropertyNames = handleProperties[type];
  for (const step of steps) {
    const inside = typeof step === 'string' ? propertyNamed(names, step) : undefined;
    if (inside === undefined || typeof inside === 'string') return [];
    names = inside;
  }
  return Object.keys(names);
}
