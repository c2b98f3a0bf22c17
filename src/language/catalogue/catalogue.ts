// All commands, and the search for the command that written words name.
import { connectionCommands } from './commands/connections.ts';
import { dnsCommands, dnsTasks } from './commands/dns.ts';
import { failoverCommands, failoverTasks, liveCopyCommands } from './commands/failover.ts';
import { informationCommands, machineCommands } from './commands/information.ts';
import { mirrorCommands } from './commands/mirror.ts';
import { replicationSetCommands } from './commands/replication-sets.ts';
import { scheduleCommands } from './commands/schedules.ts';
import { serverCommands } from './commands/servers.ts';
import { sessionCommands } from './commands/session.ts';
import { snapshotCommands } from './commands/snapshots.ts';
import { builtInTasks, streamTaskCommands } from './commands/stream-tasks.ts';
import { transmissionCommands } from './commands/transmission.ts';
import { matchesKeyword } from './definition/abbreviation.ts';
import type { CommandDefinition } from './definition/definition.ts';

export const commands: readonly CommandDefinition[] = [
  ...sessionCommands,
  ...replicationSetCommands,
  ...connectionCommands,
  ...mirrorCommands,
  ...snapshotCommands,
  ...streamTaskCommands,
  ...scheduleCommands,
  ...failoverCommands,
  ...liveCopyCommands,
  ...dnsCommands,
  ...transmissionCommands,
  ...serverCommands,
  ...informationCommands,
  ...machineCommands,
];

/** What may stand as a task of QUEUETASK instead of a program. */
export const taskCommands: readonly CommandDefinition[] = [...builtInTasks, ...failoverTasks, ...dnsTasks];

export interface CommandMatch {
  readonly definition: CommandDefinition;
  /** How many of the words name the command. */
  readonly length: number;
}

/** A word of a command's name, and the commands and longer names it leads to. */
interface NameNode {
  readonly keyword: string;
  readonly children: NameNode[];
  definition: CommandDefinition | undefined;
}

function nameTree(definitions: readonly CommandDefinition[]): NameNode {
  const root: NameNode = { keyword: '', children: [], definition: undefined };
  for (const definition of definitions) {
    for (const phrase of [definition.words, definition.alias]) {
      let node = root;
      for (const keyword of phrase?.split(' ') ?? []) {
        let child = node.children.find((one) => one.keyword === keyword);
        if (child === undefined) {
          child = { keyword, children: [], definition: undefined };
          node.children.push(child);
        }
        node = child;
      }
      if (phrase !== undefined) node.definition = definition;
    }
  }
  return root;
}

const commandNames = nameTree(commands);
const taskNames = nameTree(taskCommands);

/** The command with the longest name that the words begin with; otherwise which words could have come next. */
function find(
  root: NameNode,
  written: readonly string[],
): CommandMatch | { readonly known: number; readonly next: readonly string[] } {
  let node = root;
  let best: CommandMatch | undefined;
  let length = 0;
  for (const word of written) {
    const child = node.children.find((one) => matchesKeyword(one.keyword, word));
    if (child === undefined) break;
    node = child;
    length++;
    if (node.definition !== undefined) best = { definition: node.definition, length };
  }
  return best ?? { known: length, next: node.children.map((one) => one.keyword.toUpperCase()) };
}

export function findCommand(written: readonly string[]): ReturnType<typeof find> {
  return find(commandNames, written);
}

export function findTask(written: readonly string[]): CommandMatch | undefined {
  const match = find(taskNames, written);
  return 'definition' in match ? match : undefined;
}

export function isCommandWord(word: string): boolean {
  return commandNames.children.some((one) => matchesKeyword(one.keyword, word));
}
