// The flags that limit what a script may use, the same for every verb that executes one. A value is written as in a
// script: 5m, 512MB. A limit that is not given keeps the language's default.
import { type Command, Option } from 'commander';
import type { Budgets } from '../../language/interpreter/execution.ts';
import { parseLiteral } from '../../language/values/units.ts';
import { UsageError } from '../command-line.ts';

interface BudgetFlag {
  readonly flag: string;
  readonly help: string;
  readonly example: string;
  /** The name of the option in commander. */
  readonly key: string;
  readonly budget: keyof Budgets;
  readonly kind: 'count' | 'duration' | 'size';
}

const flags: readonly BudgetFlag[] = [
  {
    flag: '--max-steps <count>',
    help: 'most rounds of loops, calls and commands (1000000000)',
    example: '1000000',
    key: 'maxSteps',
    budget: 'steps',
    kind: 'count',
  },
  {
    flag: '--max-time <duration>',
    help: 'how long the script may take (no limit)',
    example: '30m',
    key: 'maxTime',
    budget: 'timeMs',
    kind: 'duration',
  },
  {
    flag: '--max-memory <size>',
    help: 'most memory of the process (1GB, or half of what Node.js has)',
    example: '512MB',
    key: 'maxMemory',
    budget: 'memoryBytes',
    kind: 'size',
  },
  {
    flag: '--max-depth <count>',
    help: 'how deep functions may call each other (400)',
    example: '1000',
    key: 'maxDepth',
    budget: 'depth',
    kind: 'count',
  },
  {
    flag: '--max-output <size>',
    help: 'most output of WRITE and commands (1GB)',
    example: '10MB',
    key: 'maxOutput',
    budget: 'outputBytes',
    kind: 'size',
  },
];

export function addBudgetOptions(command: Command): Command {
  for (const { flag, help } of flags) command.addOption(new Option(flag, help));
  return command;
}

/** The budgets from the options that commander has read; throws a UsageError for a wrong value. */
export function budgetsOf(options: Readonly<Record<string, unknown>>): Partial<Budgets> {
  const given = flags.flatMap((one): [string, number][] => {
    const text = options[one.key];
    return typeof text === 'string' ? [[one.budget, amount(text, one)]] : [];
  });
  return Object.fromEntries(given);
}

function amount(text: string, { flag, kind, example }: BudgetFlag): number {
  const value = /^\d/.test(text) ? parseLiteral(text) : undefined;
  let found: number | undefined;
  if (kind === 'count' && typeof value === 'number' && Number.isInteger(value)) found = value;
  if (kind === 'duration' && typeof value === 'object' && value.kind === 'duration') found = value.ms;
  if (kind === 'size' && typeof value === 'object' && value.kind === 'size') found = value.bytes;
  if (found !== undefined && found > 0) return found;
  throw new UsageError(`${flag.split(' ')[0]} must be a ${kind} such as ${example}, and "${text}" is not`);
}
