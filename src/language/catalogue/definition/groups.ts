// The groups of commands, in the order in which HELP and the reference show them.

export const groups = {
  session: 'who one is, which servers are meant, and small questions',
  'replication sets': 'what is to be protected',
  connections: 'from where to where it is kept',
  mirror: 'making the replica equal, and keeping it so',
  verify: 'whether it is equal, and what is only on the target',
  snapshots: 'states of the replica to go back to',
  'stream tasks': 'what is to happen at a point in the data',
  schedules: 'what is to happen at a time',
  failover: 'noticing that a source is gone, and taking its place',
  DNS: 'telling the world where the work is done now',
  transmission: 'how data travels',
  server: 'servers, their settings, accounts and credentials',
  information: 'what is and what was',
  machine: 'files, environment and programs of the machine on which a script runs, as far as they are allowed',
} as const;

export type GroupName = keyof typeof groups;
