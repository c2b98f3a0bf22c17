// What a script means, as data that two texts can be compared by: its tree without places, its commands as the catalogue
// understands them.
import { bindCommand } from '../../../src/language/checker/commands/bind-command.ts';
import { DiagnosticSink } from '../../../src/language/diagnostics/diagnostics.ts';
import { parseScript } from '../../../src/language/parser/parse.ts';
import type { CommandNode } from '../../../src/language/tree/ast.ts';
import { SourceText } from '../../../src/language/tree/source-text.ts';

const places: ReadonlySet<string> = new Set([
  'start',
  'end',
  'range',
  'inside',
  'target',
  'nameRange',
  'pathRange',
  'node',
  'keywords',
]);

export function meaning(text: string): string {
  const sink = new DiagnosticSink(new SourceText('test.dtcl', text));
  return JSON.stringify(withoutPlaces(parseScript(sink), sink));
}

function withoutPlaces(node: unknown, sink: DiagnosticSink): unknown {
  if (Array.isArray(node)) return node.map((one) => withoutPlaces(one, sink));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).filter(([key, value]) => !places.has(key) || isMapping(node, key, value));
  const plain = Object.fromEntries(entries.map(([key, value]) => [key, withoutPlaces(value, sink)]));
  if ('kind' in node && node.kind === 'command' && 'parts' in node) return command(node as CommandNode, plain, sink);
  return 'definition' in plain ? { ...plain, definition: identified(plain.definition) } : plain;
}

/** The target of a mapping is an expression; that of an assignment is a place. */
function isMapping(node: object, key: string, value: unknown): boolean {
  return key === 'target' && 'kind' in node && node.kind === 'mapping' && value !== undefined;
}

function command(node: CommandNode, plain: Record<string, unknown>, sink: DiagnosticSink): unknown {
  const bound = bindCommand(node, sink);
  if (bound === undefined) return plain;
  return { command: bound.definition.id, values: withoutPlaces(bound.values, sink), block: plain.block };
}

function identified(definition: unknown): unknown {
  return typeof definition === 'object' && definition !== null && 'id' in definition ? definition.id : definition;
}
