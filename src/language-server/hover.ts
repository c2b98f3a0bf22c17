// The help about the word under the cursor: a command, an option, a statement, a variable, a function.
import type { Argument, CommandDefinition } from '../language/catalogue/definition/definition.ts';
import { argumentSyntax, describeType, syntaxOf } from '../language/catalogue/definition/syntax-text.ts';
import { statementWords } from '../language/reading/statement-words.ts';
import type { ScriptSymbol } from '../language/reading/symbols.ts';
import type { Range } from '../language/tree/source-text.ts';
import type { Analysis } from './analysis.ts';
import { functionHelp, signatureText } from './functions.ts';

export interface Hover {
  readonly range: Range;
  readonly markdown: string;
}

export function hoverAt(analysis: Analysis, offset: number): Hover | undefined {
  const named = analysis.symbols.at(offset);
  if (named === undefined) return aboutCommandPart(analysis, offset) ?? aboutStatement(analysis, offset);
  const { symbol, mention } = named;
  const markdown = symbol.kind === 'variable' ? aboutVariable(symbol, analysis) : aboutFunction(symbol, analysis);
  return { range: mention, markdown };
}

const touches = (range: Range, offset: number): boolean => range.start <= offset && offset <= range.end;
const code = (text: string): string => `\`\`\`dtcl\n${text}\n\`\`\``;

function aboutVariable(symbol: ScriptSymbol, { source, symbols }: Analysis): string {
  const types = new Set(symbol.mentions.flatMap((one) => (one.defines ? [one.type] : [])));
  const [type] = types.size === 1 ? types : [];
  const heading = code(`$${symbol.name}${type === undefined ? '' : `: ${type}`}`);
  const definition = symbols.definition(symbol);
  if (definition === undefined && symbols.isEvent(symbol)) return `${heading}\n${aboutEvent}`;
  if (definition === undefined) return `${heading}\nThis script never gives it a value.`;
  const { line } = source.span(definition);
  const owner = symbol.owner === undefined ? '' : `, a variable of the function ${source.slice(symbol.owner.name)}`;
  return `${heading}\nGiven its first value in line ${line}${owner}:\n${code(source.line(line).trim())}`;
}

const aboutEvent =
  'The event that ON runs this block for: a record with name, id, severity, message, time, server and, for one of a connection, connection.';

function aboutFunction(symbol: ScriptSymbol, analysis: Analysis): string {
  const found = functionHelp(symbol.name, analysis);
  return found === undefined ? `There is no function ${symbol.name}.` : `${code(signatureText(found))}\n${found.help}`;
}

function aboutCommandPart({ reading }: Analysis, offset: number): Hover | undefined {
  const command = reading.commands.find((one) => touches(one, offset));
  const part = command?.parts.find((one) => touches(one, offset));
  if (part?.definition !== undefined) return { range: part, markdown: commandMarkdown(part.definition) };
  return part?.argument && { range: part, markdown: argumentMarkdown(part.argument) };
}

export function commandMarkdown(definition: CommandDefinition): string {
  const options = definition.arguments.map((one) => `- \`${argumentSyntax(one)}\` ${sentence(one)}`);
  const examples = definition.examples.length === 0 ? [] : [code(definition.examples.join('\n'))];
  return [code(syntaxOf(definition)), definition.summary, options.join('\n'), ...examples].join('\n\n');
}

function argumentMarkdown(argument: Argument): string {
  return `${code(argumentSyntax(argument))}\n${sentence(argument)}`;
}

function sentence({ help, type, default: preset }: Argument): string {
  return `${help} (${describeType(type)}${preset === undefined ? '' : `; otherwise ${preset}`})`;
}

function aboutStatement({ reading }: Analysis, offset: number): Hover | undefined {
  const token = reading.tokens.find((one) => touches(one, offset));
  const word = token?.text.toUpperCase().replace(/\s+/g, ' ');
  const statement = statementWords.find((one) => one.word === word);
  if (token === undefined || statement === undefined) return undefined;
  return { range: { start: token.start, end: token.end }, markdown: `${code(statement.syntax)}\n${statement.summary}` };
}
