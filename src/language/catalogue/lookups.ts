// The functions that look up what exists: `connection("sales")` gives the handle that CONNECT gave when it made the
// connection. A script writes them as functions; the host carries them out like commands, so they stand in journals and
// plans, and can be interrupted.
import type { ValueType } from '../values/value.ts';
import type { Argument, CommandDefinition } from './definition/definition.ts';
import type { GroupName } from './definition/groups.ts';

const ofConnection: Argument = {
  name: 'connection',
  type: 'connection',
  help: 'the connection, its number, its name or its replication set; without it, the current one',
};

const onSource: Argument = {
  name: 'server',
  type: 'server',
  help: 'a server; without it, the source, or when none was said the server of this home',
};

const onTarget: Argument = { name: 'server', type: 'server', help: 'a server; without it, the target' };

const named = (name: string, type: Argument['type']): Argument => ({ name, type, required: true, help: 'its name' });

function lookup(
  group: GroupName,
  name: string,
  given: readonly Argument[],
  result: ValueType,
  summary: string,
  example: string,
): CommandDefinition {
  const examples = [example];
  return { id: `lookup.${name}`, words: name, group, summary, arguments: given, result, returns: summary, examples };
}

/** The values for the arguments stand in the brackets, in this order. A handler carries each out, as for a command. */
export const lookups: readonly CommandDefinition[] = [
  lookup(
    'connections',
    'connection',
    [ofConnection],
    'connection',
    'the connection of this number, name or replication set; without one, the current connection',
    '$con = connection("sales")',
  ),
  lookup(
    'connections',
    'connections',
    [onSource],
    'list',
    'a list of the connections that the source or another server knows',
    'for each $con in connections() do write $con.name, " ", $con.health end',
  ),
  lookup(
    'snapshots',
    'snapshot',
    [named('snapshot', 'snapshot'), ofConnection],
    'snapshot',
    'the newest snapshot of this name, of the current or another connection',
    '$before = snapshot("before upgrade", "sales")',
  ),
  lookup(
    'snapshots',
    'snapshots',
    [ofConnection],
    'list',
    'a list of the snapshots of a connection, oldest first',
    'write length(snapshots("sales"))',
  ),
  lookup(
    'stream tasks',
    'task',
    [named('task', 'stream task'), ofConnection],
    'task',
    'the last stream task of this name, of the current or another connection',
    'write task("nightly", "sales").onexecute.state',
  ),
  lookup(
    'stream tasks',
    'tasks',
    [ofConnection],
    'list',
    'a list of the stream tasks of a connection, in the order in which they were queued',
    'write length(tasks("sales"))',
  ),
  lookup(
    'schedules',
    'schedule',
    [named('schedule', 'schedule'), onSource],
    'schedule',
    'the schedule of this name, of the source or another server',
    'write schedule("nightly").next',
  ),
  lookup(
    'schedules',
    'schedules',
    [onSource],
    'list',
    'a list of the schedules of the source or another server',
    'write length(schedules())',
  ),
  lookup(
    'failover',
    'monitor',
    [named('monitor', 'monitor'), onTarget],
    'monitor',
    'the failover monitor of this name, of the target or another server',
    'write monitor("watch", "beta").state',
  ),
  lookup(
    'failover',
    'monitors',
    [onTarget],
    'list',
    'a list of the failover monitors of the target or another server',
    'write length(monitors("beta"))',
  ),
];
