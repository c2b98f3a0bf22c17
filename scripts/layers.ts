// The layer table: what each room of src/ is for, which rooms it may import, and what else it may touch. It is data:
// check-layers.ts holds the code against it, and ARCHITECTURE.md shows it (generators/room-table.ts). A room or sub-room that is not
// listed here is an error, so the table and the folders cannot drift apart.

export interface Room {
  /** What is in it, for a reader who looks for something. */
  readonly purpose: string;
  /** The rooms it may import, itself apart. */
  readonly imports: readonly string[];
  /** The modules of Node.js it may import beyond `computationModules`. */
  readonly builtins: readonly string[] | 'any';
  /** The packages that only this room, and the command line, may import. */
  readonly ownPackages: readonly string[];
  /** Whether its behaviour follows from its inputs alone: no clock, timer or randomness but those it is handed. */
  readonly deterministic: boolean;
}

/** The sub-rooms that stand beside each other, and what is in each. */
export type Floor = Readonly<Record<string, string>>;

/** Modules of Node.js that compute and touch nothing outside the process; every room may import them. */
export const computationModules: readonly string[] = ['buffer', 'crypto', 'path', 'util', 'zlib'];

const front = ['base', 'language', 'model', 'runtime', 'api'];
const underSimulator = ['base', 'model', 'wire', 'ports', 'language', 'engine', 'runtime'];
const pure = { builtins: [], ownPackages: [], deterministic: true } as const;
const outer = { builtins: [], ownPackages: [], deterministic: false } as const;

export const rooms: Readonly<Record<string, Room>> = {
  base: {
    ...pure,
    purpose: 'failures, diagnostics, identifiers, paths as bytes; clock, randomness and log as interfaces',
    imports: [],
  },
  model: {
    ...pure,
    purpose: 'the nouns that all rooms share: operations, tasks, jobs, events, reports',
    imports: ['base'],
  },
  wire: { ...pure, purpose: 'what two servers say to each other, to bytes and back', imports: ['base', 'model'] },
  ports: {
    ...pure,
    purpose: 'the interfaces through which the program touches the world, with what each call may fail with',
    imports: ['base', 'model'],
  },
  language: {
    ...pure,
    purpose: "from a script's text to a program that runs",
    imports: ['base'],
    ownPackages: ['chevrotain'],
  },
  engine: {
    ...pure,
    purpose: 'replication and failover, as logic over the ports',
    imports: ['base', 'model', 'wire', 'ports'],
  },
  runtime: {
    ...pure,
    purpose: 'a server with its jobs and stores, and the handler of each command',
    imports: ['base', 'model', 'ports', 'language', 'engine'],
  },
  simulator: {
    ...pure,
    purpose:
      'whole clusters in memory, from one seed, with faults and with checks of every invariant; rehearsals of scripts',
    imports: underSimulator,
  },
  platform: {
    ...outer,
    purpose: 'the ports on Linux and Node.js; beside the command line the only room that touches the system',
    imports: ['base', 'model', 'wire', 'ports'],
    builtins: 'any',
    ownPackages: ['koffi'],
  },
  sandbox: {
    ...outer,
    purpose: 'the program of the process in which one JavaScript task runs',
    imports: ['base'],
    builtins: ['process'],
    ownPackages: ['isolated-vm'],
  },
  api: {
    ...outer,
    purpose: "a server's calls over HTTP: the contract, the server's side, the caller's side",
    imports: ['base', 'model', 'runtime'],
  },
  repl: {
    ...outer,
    purpose: 'the prompt, without a terminal',
    imports: front,
    builtins: ['process', 'readline', 'readline/promises'],
  },
  'language-server': {
    ...outer,
    purpose: 'what an editor is told of a script: mistakes, completions, names, colours',
    imports: ['base', 'language'],
    builtins: ['process'],
  },
  cli: {
    ...outer,
    purpose: 'the `understudy` command; the one place where adapters and logic are put together',
    imports: [...underSimulator, 'simulator', 'platform', 'sandbox', 'api', 'repl', 'language-server'],
    builtins: 'any',
  },
};

/**
 * The sub-rooms of each folder, floor by floor from the lowest: a sub-room may import those of lower floors, and none of its own. The
 * loose files of a folder are its entrance, or the ground that its sub-rooms stand on; no files may import each other in a circle.
 */
export const floors: Readonly<Record<string, readonly Floor[]>> = {
  base: [
    {
      addresses: 'host and port, and the network that an address belongs to',
      text: 'texts on a terminal: how wide they are, tables, what must not be shown',
      waiting: 'clock, signals, turns, delays',
    },
    { limits: 'budgets of bytes, and what a series of wrong tries costs' },
  ],
  model: [
    { stream: 'what is in a replication stream: operations, markers, tasks, positions' },
    { options: 'what of a job can be changed while it runs, and what that forces' },
    { shapes: 'zod shapes of the nouns, for the wire, files and the API' },
  ],
  wire: [{ records: 'the parts of a frame: operations, attributes, listings' }],
  language: [
    { values: 'the values of the language, and the host that carries out its commands' },
    { catalogue: 'one description for each command', tree: 'the syntax tree, and a source text with its places' },
    { diagnostics: 'every message of the language, its code and its wording' },
    { functions: 'built-in functions and operators', lexer: 'text to tokens' },
    {
      checker: 'what can be known to be wrong before a script runs',
      parser: 'tokens to the syntax tree',
      reading: 'what a script looks like to a reader: completion, names, secrets, rendered messages',
    },
    { formatter: 'the canonical form of a script', interpreter: 'execution, with budgets and interruption' },
  ],
  'language/catalogue': [
    { definition: 'what a description of a command consists of' },
    { commands: 'the commands, by group' },
  ],
  'language/checker': [
    { expressions: 'names and types of values, and the properties behind them' },
    { statements: 'PARAM, PARALLEL and tasks: what these allow, and what is inside' },
    { commands: 'words bound to the catalogue, and what each argument may be' },
  ],
  'language/reading': [{ help: 'what HELP prints, and which words it knows' }],
  'language/interpreter': [{ compile: 'the checked tree to closures' }],
  engine: [
    {
      queue: 'the queue of each side, in memory and on disk',
      sending: 'the present state of an object to operations',
      tasks: 'stream tasks at their points, and the journal of what became of them',
    },
    {
      apply: 'operations made true on the replica, also over crashes',
      capture: 'what changed to operations, in order',
    },
    { mirror: 'makes a replica equal to its workload', snapshot: 'snapshots of a replica, and reverting to one' },
    { link: 'one link between source and target, at both ends' },
    { failover: 'the monitor of a source, and the takeover by its target' },
    { job: 'a job from beginning to end, on its source and on its target' },
    { verify: 'compares workload and replica' },
  ],
  'engine/apply': [{ replica: 'one operation on the files of the replica' }],
  'engine/job': [
    { roots: 'the protected folders, and what is left out of them', target: 'the job on its target' },
    { stream: 'one stream of the source, and the capture that feeds it' },
    { 'by-hand': 'what a person says of mirrors and replication' },
    { mirrors: 'when a job mirrors, and what a mirror may not delete' },
    { source: 'the job on its source' },
  ],
  'engine/link': [{ route: 'how fast, how compressed and when data goes to a target, for all its links' }],
  'engine/queue': [{ memory: 'records in memory, and the memory that all queues of a server share' }],
  'engine/snapshot': [{ undo: 'the journal of what the replica was before each change' }],
  runtime: [
    {
      contract: 'what can be asked of a server, and by whom',
      events: 'the log of events',
      machine: 'what a script may reach of the machine on which it runs',
      runs: 'the journal of each run of a script',
      stores: 'configuration, replication sets, groups of servers',
      text: 'reports as text for people',
      values: 'values of the language to JSON and back',
    },
    { accounts: 'logins and sealed secrets', session: 'what a script has said so far: servers, connections, sets' },
    { dns: 'DNS servers, and changes of names on them', schedules: 'blocks that run at times' },
    { jobs: 'the jobs and monitors of a server' },
    {
      commands: 'the function that carries out each command',
      server: 'the server itself, and what a peer may ask of it',
    },
    { script: 'the host of a script, and of a block that runs apart from its script' },
    { plan: 'the same commands on servers that are only names' },
  ],
  'runtime/commands': [
    { operation: 'servers, sessions, tasks, schedules, information' },
    { protection: 'replication sets, connections, mirrors, verification' },
    { failover: 'failover, monitors, live copies, snapshots, DNS' },
  ],
  'runtime/jobs': [
    {
      admission: 'whether a job may be, and where it may read and write',
      diagnosis: 'throughput diagnoses: jobs without a target',
      identity: 'the addresses that move with a job',
      live: 'the paths that this server has taken over',
      witness: 'who of the two servers of a job may be written to',
    },
  ],
  platform: [
    {
      dns: 'DNS updates over the network, signed',
      identity: 'the certificate of a server, and whom it trusts',
      kernel: 'system calls, error numbers, clock, randomness',
    },
    {
      addresses: 'the addresses of the machine, and who else on the network has one',
      javascript: 'the process of a JavaScript task, from outside',
      lease: 'a witness over the network: which server has a name',
      network: 'links over TLS, pairing, and echoes',
      processes: 'programs of tasks, and what a dead server left running',
      service: 'what the service manager is told, the lines of the journal, the name of the process',
      storage: 'durable files of a home folder',
      'watch-capture': "changes of the workload, by the kernel's notifications",
    },
    { 'filtered-folders': 'which folders are filtered, and what lies beneath' },
    {
      files: 'trees of files: workload and replica',
      http: 'the doors of the API: socket and network',
    },
    { 'filter-capture': 'changes of the workload, as they pass through a file system over it' },
    { 'chosen-capture': 'the capture that a connection asks for, or the best that can be had' },
  ],
  'platform/filter-capture': [
    { kernel: 'system calls and mounts', protocol: 'requests and replies of FUSE, as bytes' },
    {
      records: 'what passes through, as records, on their way to a server',
      nodes: 'which object each node of the kernel is, kept over the end of a process',
    },
    { control: 'servers that call the filter' },
    {
      guard: 'the process that mounts, and starts the filter again',
      loop: "the filter's process: one request after the other",
    },
  ],
  'platform/watch-capture': [
    { kernel: 'system calls and mounts' },
    { fanotify: 'one mark for a file system', inotify: 'one watch for each folder' },
  ],
  simulator: [
    { time: 'clocks and timers that are turned by hand' },
    { memory: 'the ports in memory' },
    { world: 'machines, network and server processes, with their faults' },
    { invariants: 'what must hold, looked at all the time' },
    { rehearsal: 'a script of an operator against disasters', scenario: 'a history as text, and how it is played' },
    { run: 'plans from seeds, the shortest history that still breaks, the summary' },
  ],
  'simulator/memory': [
    {
      filter: 'filter capture in memory: lines of records, and who gets past them',
      network: 'a network in memory: who has an address, and who has the word of a witness',
    },
  ],
  'simulator/invariants': [{ watches: 'what is looked at all the time' }],
  'simulator/scenario': [{ events: 'what a scenario does to the world' }],
  'simulator/scenario/events': [{ operators: 'what operators do' }],
  'language-server': [
    {
      names: 'where a name stands in all files of a workspace, and how it is changed there',
      margin: 'what an editor shows beside the text: hints, links, buttons',
    },
  ],
  cli: [
    {
      servers: 'which servers the names of a script stand for',
      terminal: 'what a person at a terminal is asked and shown',
    },
    { scripts: 'a script from its file to its host' },
    { prompt: 'the terminal of the prompt' },
    { verbs: 'one file for each verb of the command' },
    { program: 'the options of each verb' },
  ],
  'cli/verbs': [{ server: 'the verbs about the server of a home' }],
};
