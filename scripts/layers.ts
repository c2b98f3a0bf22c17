// The layer table: which room of src/ may import which, and what else each may touch. It is data; check-layers.ts holds
// the code against it. A room or sub-room that is not listed here is an error, so the table and the folders cannot drift apart.

export interface Room {
  /** The rooms it may import, itself apart. */
  readonly imports: readonly string[];
  /** The modules of Node.js it may import beyond `computationModules`. */
  readonly builtins: readonly string[] | 'any';
  /** The packages that only this room, and the command line, may import. */
  readonly ownPackages: readonly string[];
  /** Whether its behaviour follows from its inputs alone: no clock, timer or randomness but those it is handed. */
  readonly deterministic: boolean;
}

/** Modules of Node.js that compute and touch nothing outside the process; every room may import them. */
export const computationModules: readonly string[] = ['buffer', 'crypto', 'path', 'util', 'zlib'];

const front = ['base', 'language', 'model', 'runtime', 'api'];
const underSimulator = ['base', 'model', 'wire', 'ports', 'language', 'engine', 'runtime'];
const pure = { builtins: [], ownPackages: [], deterministic: true } as const;
const outer = { builtins: [], ownPackages: [], deterministic: false } as const;

export const rooms: Readonly<Record<string, Room>> = {
  base: { ...pure, imports: [] },
  model: { ...pure, imports: ['base'] },
  wire: { ...pure, imports: ['base', 'model'] },
  ports: { ...pure, imports: ['base', 'model'] },
  language: { ...pure, imports: ['base'] },
  engine: { ...pure, imports: ['base', 'model', 'wire', 'ports'] },
  runtime: { ...pure, imports: ['base', 'model', 'ports', 'language', 'engine'] },
  simulator: { ...pure, imports: underSimulator },
  platform: { ...outer, imports: ['base', 'model', 'wire', 'ports'], builtins: 'any', ownPackages: ['koffi'] },
  sandbox: { ...outer, imports: ['base'], builtins: ['process'], ownPackages: ['isolated-vm'] },
  api: { ...outer, imports: ['base', 'model', 'runtime'] },
  repl: { ...outer, imports: front, builtins: ['process', 'readline', 'readline/promises'] },
  'language-server': { ...outer, imports: ['base', 'language'], builtins: ['process'] },
  cli: {
    ...outer,
    imports: [...underSimulator, 'simulator', 'platform', 'sandbox', 'api', 'repl', 'language-server'],
    builtins: 'any',
  },
};

/**
 * The sub-rooms of each folder, floor by floor from the lowest: a sub-room may import those of lower floors, and none of its own. The
 * loose files of a folder are its entrance, or the ground that its sub-rooms stand on; no files may import each other in a circle.
 */
export const floors: Readonly<Record<string, readonly (readonly string[])[]>> = {
  base: [['addresses', 'waiting'], ['limits']],
  model: [['stream']],
  wire: [['records']],
  language: [
    ['values'],
    ['catalogue', 'tree'],
    ['diagnostics'],
    ['functions', 'lexer'],
    ['checker', 'parser', 'reading'],
    ['formatter', 'interpreter'],
  ],
  'language/catalogue': [['definition'], ['commands']],
  'language/interpreter': [['compile']],
  engine: [
    ['queue', 'sending', 'tasks'],
    ['apply', 'capture'],
    ['mirror', 'snapshot'],
    ['link'],
    ['failover'],
    ['job'],
    ['verify'],
  ],
  'engine/apply': [['replica']],
  'engine/job': [['roots', 'stream', 'target'], ['mirrors'], ['source']],
  'engine/snapshot': [['undo']],
  runtime: [
    ['contract', 'events', 'runs', 'stores', 'text', 'values'],
    ['accounts', 'session'],
    ['dns', 'schedules'],
    ['jobs'],
    ['commands', 'server'],
    ['script'],
    ['plan'],
  ],
  'runtime/commands': [['operation'], ['protection'], ['failover']],
  'runtime/jobs': [['admission', 'live']],
  platform: [
    ['dns', 'identity', 'kernel'],
    ['javascript', 'network', 'processes', 'storage', 'watch-capture'],
    ['files', 'http'],
  ],
  'platform/watch-capture': [['kernel'], ['fanotify', 'inotify']],
  simulator: [['time'], ['memory'], ['world'], ['invariants'], ['rehearsal', 'scenario'], ['run']],
  'simulator/scenario': [['events']],
  cli: [['servers'], ['scripts'], ['prompt'], ['verbs']],
};
