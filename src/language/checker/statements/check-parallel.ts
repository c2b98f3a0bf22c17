// Checks the branches of PARALLEL: the statements that stand in it, which run in no order, so none may use or assign a
// variable that another one assigns; a function that a branch calls counts with the variables of the script that it
// reads. The rounds of a FOR are branches as well, and have variables of their own, as a function has: what they assign
// is nobody else's (check-script.ts).
import type { DiagnosticSink } from '../../diagnostics/diagnostics.ts';
import type { Statement, StatementOf } from '../../tree/ast.ts';
import { assignedName, assignedNames, mentions, walkBlock } from '../../tree/ast-walk.ts';
import type { Range } from '../../tree/source-text.ts';

/** Words of statements whose word differs from their kind. */
const words: Readonly<Partial<Record<Statement['kind'], string>>> = {
  assign: 'an assignment of a value',
  change: 'an assignment to a part of a variable',
  'call-alone': 'a built-in function',
  until: 'WAIT UNTIL',
};
const suggestion =
  'in PARALLEL stand commands, $name = command, calls of functions, IF, SWITCH, TRY and FOR; put the rest before it or behind its END';

type Functions = ReadonlyMap<string, StatementOf<'function'>>;

interface Mention extends Range {
  readonly name: string;
}

interface Branch {
  readonly uses: readonly Mention[];
  readonly assigns: readonly Mention[];
}

export function checkParallel({ body }: StatementOf<'parallel'>, functions: Functions, sink: DiagnosticSink): void {
  const statements = body.filter((one) => {
    if (isBranch(one, functions)) return true;
    sink.report(one, 'U0605', { word: words[one.kind] ?? one.kind.toUpperCase(), suggestion });
    return false;
  });
  const branches = statements.map((one) => branchOf(one, functions));
  /** Which branch assigns a variable first. */
  const owners = new Map<string, Branch>();
  for (const branch of branches)
    for (const { name, start, end } of branch.assigns) {
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, branch);
      else if (owner !== branch)
        sink.report({ start, end }, 'U0606', { name, suggestion: 'give each command a variable of its own' });
    }
  for (const branch of branches)
    for (const { name, start, end } of branch.uses) {
      const owner = owners.get(name);
      if (owner !== undefined && owner !== branch)
        sink.report({ start, end }, 'U0606', { name, suggestion: 'use it behind the END of PARALLEL' });
    }
}

export function reportLeavesBranch(statement: Statement, isRound: boolean, sink: DiagnosticSink): void {
  sink.report(statement, 'U0605', {
    word: statement.kind.toUpperCase(),
    suggestion: isRound
      ? 'all rounds run at once, and none ends the others; CONTINUE ends its own round'
      : 'no branch ends the others: write it behind the END of PARALLEL',
  });
}

function isBranch(one: Statement, functions: Functions): boolean {
  switch (one.kind) {
    case 'command':
    case 'if':
    case 'switch':
    case 'try':
    case 'count':
    case 'each':
      return true;
    case 'call-alone':
      return functions.has(one.call.name);
    case 'assign':
      return one.value.kind === 'command' || (one.value.kind === 'call' && functions.has(one.value.name));
    default:
      return false;
  }
}

function branchOf(statement: Statement, functions: Functions): Branch {
  if (statement.kind !== 'count' && statement.kind !== 'each')
    return { uses: usesOf([statement], functions), assigns: assignsOf(statement) };
  const own = ownNames(statement);
  const inRounds = usesOf(statement.body, functions).filter(({ name }) => !own.has(name));
  return { uses: [...usesOf([{ ...statement, body: [] }], functions), ...inRounds], assigns: [] };
}

/** The variables that each round of a FOR in PARALLEL has for itself. */
export function ownNames({ name, body }: StatementOf<'count' | 'each'>): ReadonlySet<string> {
  return new Set([name, ...assignedNames(body)]);
}

function assignsOf(statement: Statement): readonly Mention[] {
  const found: Mention[] = [];
  walkBlock([statement], {
    ownOnly: true,
    statement: (one) => {
      const name = assignedName(one);
      const { start, end } = 'target' in one ? one.target : one;
      if (name !== undefined) found.push({ name, start, end });
    },
  });
  return found;
}

function usesOf(block: readonly Statement[], functions: Functions): readonly Mention[] {
  const found: Mention[] = [];
  walkBlock(block, {
    expression: (one) => {
      if (one.kind === 'variable') found.push({ name: one.name, start: one.start, end: one.end });
      if (one.kind !== 'call') return;
      for (const name of readBy(one.name, functions)) found.push({ name, start: one.start, end: one.end });
    },
  });
  return found;
}

/** The variables of the script that a function reads, and those that it calls. */
function readBy(name: string, functions: Functions): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const waiting = [name];
  for (const one of waiting) {
    const node = functions.get(one);
    if (node === undefined || seen.has(one)) continue;
    seen.add(one);
    const own = new Set([...node.parameters.map((parameter) => parameter.name), ...assignedNames(node.body)]);
    const { variables, functions: called } = mentions(node.body);
    for (const variable of variables) if (!own.has(variable)) found.add(variable);
    waiting.push(...called);
  }
  return found;
}
