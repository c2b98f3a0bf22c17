// Reads a script from its tokens alone: the mentions of variables and functions, the blocks, the commands. A text in an
// editor is broken most of the time, and a parser that skips a broken statement loses the names in it; tokens are
// always there. So nothing here fails or reports mistakes, whatever the text.
import { findCommand } from '../catalogue/catalogue.ts';
import { DiagnosticSink } from '../diagnostics/diagnostics.ts';
import { isEscapeMark, stringPieces } from '../lexer/string-scanner.ts';
import { closings, isWord, names, openings, opensBlock, type Token, type TokenKind } from '../lexer/token.ts';
import type { TokenList } from '../lexer/token-list.ts';
import { tokenize, tokenizeExpression } from '../lexer/tokenize.ts';
import { applyingFunctions } from '../tree/applied-function.ts';
import { type Range, SourceText } from '../tree/source-text.ts';
import { parseLiteral } from '../values/units.ts';
import { typeOf } from '../values/value.ts';
import { type CommandReading, type Part, readCommand } from './command-reading.ts';

/** The range is that of the name, without the dollar of a variable. */
export interface Mention extends Range {
  readonly kind: 'variable' | 'function';
  /** The name as it is compared: in small letters for a function. */
  readonly name: string;
  /** Whether this mention assigns or defines the name. */
  readonly defines: boolean;
  /** The type of the assigned value, when the text alone tells it. */
  readonly type?: string;
}

export interface FunctionReading extends Range {
  /** A task is one in JavaScript. */
  readonly kind: 'function' | 'task';
  readonly name: Mention;
  readonly parameters: readonly Mention[];
  /** From `(` to `)`, as written. */
  readonly parameterList: Range;
}

export interface Include extends Range {
  /** As written, without the quotes. */
  readonly path: string;
}

export interface ScriptReading {
  readonly source: SourceText;
  readonly tokens: readonly Token[];
  readonly mentions: readonly Mention[];
  readonly functions: readonly FunctionReading[];
  /** The variables of PARAM, at their definitions. */
  readonly parameters: readonly Mention[];
  /** From the word that opens a block to its END, or to the end of the text. */
  readonly blocks: readonly Range[];
  readonly commands: readonly (CommandReading & Range)[];
  readonly includes: readonly Include[];
  /** The blocks of ON, in which there is a variable $event. */
  readonly handlers: readonly Range[];
}

/** A longer text is not a script (parser/parse.ts), and is not read. */
const readCharactersMax = 16 * 1024 * 1024;
/** Strings inside `${…}` inside strings; the parser goes no deeper either. */
const interpolationLevelsMax = 4;

export function readScript(file: string, text: string): ScriptReading {
  const source = new SourceText(file, text);
  const readable = text.length > readCharactersMax ? new SourceText(file, '') : source;
  return new ScriptReader(source, tokenize(new DiagnosticSink(readable)).tokens).read();
}

/**
 * The tokens of one command, from its first word to the end of the statement or to its DO. A block in the middle of a
 * command is the value of an option, such as the task of QUEUETASK.
 */
export function commandParts(found: readonly Token[], from: number): readonly Part[] {
  const parts: Part[] = [];
  let depth = 0;
  for (let at = from; at < found.length; at++) {
    const token = found[at];
    if (token === undefined) break;
    if (depth === 0 && commandEnds.has(token.kind)) {
      const end = token.kind === 'do' ? blockEnd(found, at) : undefined;
      const next = end === undefined ? undefined : found[end + 1];
      if (end === undefined || next === undefined || commandEnds.has(next.kind)) break;
      parts.push({ kind: 'value', start: token.start, end: next.start });
      at = end;
      continue;
    }
    const range = { start: token.start, end: token.end };
    const isInside = depth > 0;
    if (openings.has(token.kind)) depth++;
    else if (closings.has(token.kind)) depth = Math.max(0, depth - 1);
    const last = parts[parts.length - 1];
    const isCall = last?.kind === 'word' && last.end === range.start && token.kind === 'open-round';
    if (last !== undefined && (isInside || isCall || token.kind === 'field' || token.kind === 'index'))
      parts[parts.length - 1] = { kind: 'value', start: last.start, end: range.end };
    else if (isWord(token.kind)) parts.push({ kind: 'word', text: token.text, ...range });
    else if (token.kind === 'equals') parts.push({ kind: 'equals', ...range });
    else parts.push({ kind: 'value', ...range });
  }
  return parts;
}

/** The index of the END that belongs to the block opened at an index; undefined when it is not closed. */
function blockEnd(found: readonly Token[], from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < found.length; at++) {
    const token = found[at];
    if (token !== undefined && opensBlock(token.kind, found[at - 1]?.kind)) depth++;
    else if (token?.kind === 'end' && --depth === 0) return at;
  }
  return undefined;
}

const commandEnds: ReadonlySet<TokenKind> = new Set<TokenKind>([
  ...(['terminator', 'then', 'do', 'else', 'end', 'finally'] as const),
]);

/**
 * Whether a name is a call: a bracket follows, which touches it in a command. Behind FUNCTION and TASK it is a
 * definition.
 */
function isCall(found: readonly Token[], at: number): boolean {
  const bracket = found[at + 1];
  const token = found[at];
  if (token === undefined || bracket?.kind !== 'open-round') return false;
  if (names.has(token.kind)) return true;
  const before = found[at - 1]?.kind;
  const defines = before === 'function' || before === 'task';
  return isWord(token.kind) && !defines && token.end === bracket.start;
}

function functionMention({ text, start, end }: Token, defines: boolean): Mention {
  return { kind: 'function', name: text.toLowerCase(), defines, start, end };
}

/** The function that a call of map or filter names, in quotes, as its second value. */
function appliedMention(found: readonly Token[], at: number): Mention | undefined {
  if (!applyingFunctions.has(found[at]?.text.toLowerCase() ?? '')) return undefined;
  let depth = 0;
  for (let index = at + 1; index < found.length; index++) {
    const { kind } = found[index] ?? { kind: 'terminator' };
    if (openings.has(kind)) depth++;
    else if (closings.has(kind) && --depth === 0) return undefined;
    else if (kind === 'comma' && depth === 1) {
      const name = found[index + 1];
      const isName = /^(["'])[A-Za-z_]\w*\1$/.test(name?.text ?? '');
      if (name === undefined || !isName) return undefined;
      const inside = { ...name, text: name.text.slice(1, -1), start: name.start + 1, end: name.end - 1 };
      return functionMention(inside, false);
    }
  }
  return undefined;
}

/** Inside the braces of a string a leading bare name is a variable, unless it is a function that is called. */
function leadingVariable(inside: readonly Token[]): readonly Token[] {
  const [first, second] = inside;
  if (first === undefined || !names.has(first.kind) || second?.kind === 'open-round') return inside;
  return [{ ...first, kind: 'variable' }, ...inside.slice(1)];
}

type Header = Omit<FunctionReading, keyof Range | 'kind'>;

interface OpenBlock {
  readonly start: number;
  readonly isHandler?: boolean;
  readonly function?: Header;
}

class ScriptReader {
  readonly #source: SourceText;
  readonly #tokens: readonly Token[];
  readonly #list: TokenList;
  readonly #mentions: Mention[] = [];
  readonly #functions: FunctionReading[] = [];
  readonly #parameters: Mention[] = [];
  readonly #blocks: Range[] = [];
  readonly #commands: (CommandReading & Range)[] = [];
  readonly #includes: Include[] = [];
  readonly #handlers: Range[] = [];
  readonly #parameterEnds = new Set<number>();
  readonly #foreignEnds = new Set<number>();
  readonly #open: OpenBlock[] = [];
  /** Whether the next DO is that of an ON. */
  #isHandler = false;

  constructor(source: SourceText, found: TokenList) {
    this.#source = source;
    this.#tokens = found.toArray();
    this.#list = found;
  }

  read(): ScriptReading {
    for (let at = 0; at < this.#tokens.length; at++) {
      this.#readBlock(at);
      this.#readMention(this.#tokens, at);
      this.#readCommand(at);
      this.#readInclude(at);
    }
    while (this.#open.length > 0) this.#close(this.#source.text.length);
    return {
      source: this.#source,
      tokens: this.#tokens,
      mentions: this.#mentions,
      functions: this.#functions,
      parameters: this.#parameters,
      blocks: this.#blocks,
      commands: this.#commands,
      includes: this.#includes,
      handlers: this.#handlers,
    };
  }

  #readBlock(at: number): void {
    const token = this.#tokens[at];
    if (token === undefined) return;
    const { kind, start, end } = token;
    if (kind === 'function') this.#openFunction(at, start);
    else if (kind === 'task') this.#readTask(at, start);
    else if (kind === 'on') this.#isHandler = true;
    else if (opensBlock(kind, this.#tokens[at - 1]?.kind)) {
      this.#open.push({ start, isHandler: this.#isHandler });
      this.#isHandler = false;
    } else if (kind === 'end') this.#close(end);
    else if (kind === 'terminator') this.#isHandler = false;
  }

  #close(end: number): void {
    const opened = this.#open.pop();
    if (opened === undefined) return;
    this.#blocks.push({ start: opened.start, end });
    if (opened.isHandler) this.#handlers.push({ start: opened.start, end });
    const { start, function: header } = opened;
    if (header !== undefined) this.#functions.push({ kind: 'function', start, end, ...header });
  }

  #openFunction(at: number, start: number): void {
    const header = this.#readHeader(at);
    for (const parameter of header?.parameters ?? []) this.#parameterEnds.add(parameter.end);
    this.#open.push(header === undefined ? { start } : { start, function: header });
  }

  /** A task in JavaScript is called like a function; its parameters are names of its script, not of this one. */
  #readTask(at: number, start: number): void {
    const header = this.#readHeader(at);
    if (header === undefined) return;
    for (const parameter of header.parameters) this.#foreignEnds.add(parameter.end);
    const body = this.#tokens.slice(at).find((one) => one.kind === 'script' || one.kind === 'terminator');
    const end = body?.kind === 'script' ? body.end : header.parameterList.end;
    this.#functions.push({ kind: 'task', start, end, ...header });
    if (end > header.parameterList.end) this.#blocks.push({ start, end });
  }

  /** The name and the parameters behind FUNCTION or TASK. */
  #readHeader(at: number): Header | undefined {
    const word = this.#tokens[at + 1];
    if (word === undefined || !isWord(word.kind)) return undefined;
    const name = functionMention(word, true);
    this.#mentions.push(name);
    const parameters: Mention[] = [];
    let [end, depth] = [name.end, 0];
    for (let index = at + 2; index < this.#tokens.length; index++) {
      const token = this.#tokens[index];
      if (token === undefined || (depth === 0 && token.kind !== 'open-round')) break;
      const before = this.#tokens[index - 1];
      if (openings.has(token.kind)) depth++;
      else if (closings.has(token.kind)) depth--;
      else if (depth === 1 && token.kind === 'variable' && startsParameter(before))
        parameters.push(this.#mention(token, true));
      end = token.end;
      if (depth === 0) break;
    }
    return { name, parameters, parameterList: { start: name.end, end } };
  }

  #readMention(found: readonly Token[], at: number, level = 0): void {
    const token = found[at];
    if (token === undefined) return;
    if (token.kind === 'variable') {
      if (this.#foreignEnds.has(token.end)) return;
      const mention = this.#variable(found, at, token);
      this.#mentions.push(mention);
      if (found[at - 1]?.kind === 'param') this.#parameters.push(mention);
    } else if (token.kind === 'string' && level < interpolationLevelsMax) this.#readString(token, level);
    else if (isCall(found, at)) {
      this.#mentions.push(functionMention(token, false));
      const applied = appliedMention(found, at);
      if (applied !== undefined) this.#mentions.push(applied);
    }
  }

  #variable(found: readonly Token[], at: number, token: Token): Mention {
    const before = found[at - 1]?.kind;
    const isLoops = before === 'for' || (before === 'each' && found[at - 2]?.kind === 'for');
    const isAssigned = found[at + 1]?.kind === 'assign';
    const isParameter = this.#parameterEnds.has(token.end);
    const defines = isAssigned || isLoops || isParameter || before === 'on-error' || before === 'param';
    const type = before === 'param' ? typeOfParam(found, at) : undefined;
    return this.#mention(token, defines, isAssigned ? typeOfValue(found, at + 2) : type);
  }

  #mention(token: Token, defines: boolean, type?: string): Mention {
    // The leading name in the braces of a string has no dollar.
    const dollar = token.text.startsWith('$') ? 1 : 0;
    const start = token.start + dollar;
    const name = token.text.slice(dollar);
    return {
      kind: 'variable',
      name,
      defines,
      start,
      end: start + name.length,
      ...(type === undefined ? {} : { type }),
    };
  }

  #readString(token: Token, level: number): void {
    if (!token.text.includes('$')) return;
    const { start, end } = token;
    for (const piece of stringPieces(this.#source.text, start, end)) {
      if (piece.kind === 'variable') {
        const { name } = piece;
        this.#mentions.push({ kind: 'variable', name, defines: false, start: piece.end - name.length, end: piece.end });
      } else if (piece.kind === 'expression') {
        const inside = leadingVariable(tokenizeExpression(new DiagnosticSink(this.#source), piece).tokens.toArray());
        for (let at = 0; at < inside.length; at++) this.#readMention(inside, at, level + 1);
      }
    }
  }

  #readInclude(at: number): void {
    const name = this.#tokens[at];
    if (name === undefined || this.#tokens[at - 1]?.kind !== 'include') return;
    this.#includes.push({ path: includedPath(name.text), start: name.start, end: name.end });
  }

  #readCommand(at: number): void {
    const token = this.#tokens[at];
    if (token === undefined || !isWord(token.kind)) return;
    if (token.kind !== 'command' && (!this.#list.isStatementStart(at) || isCall(this.#tokens, at))) return;
    const parts = commandParts(this.#tokens, at);
    const last = parts[parts.length - 1];
    if (last !== undefined) this.#commands.push({ ...readCommand(parts), start: token.start, end: last.end });
  }
}

function startsParameter(before: Token | undefined): boolean {
  return before?.kind === 'open-round' || before?.kind === 'comma';
}

function includedPath(image: string): string {
  if (isEscapeMark(image, 0))
    return stringPieces(image, 0, image.length)
      .map((one) => (one.kind === 'text' ? one.text : ''))
      .join('');
  if (image.startsWith('"')) return image.slice(1, -1).replaceAll('""', '"').replaceAll('$$', '$');
  return image.startsWith("'") ? image.slice(1, -1) : image;
}

/** The type of `PARAM $x AS type`. */
function typeOfParam(found: readonly Token[], at: number): string | undefined {
  return found[at + 1]?.text.toUpperCase() === 'AS' ? found[at + 2]?.text.toLowerCase() : undefined;
}

/** The type of an assigned value, when it is the result of a command or one literal. */
function typeOfValue(found: readonly Token[], at: number): string | undefined {
  const [first, second] = [found[at], found[at + 1]];
  if (first === undefined) return undefined;
  if (first.kind === 'command') {
    const words = commandParts(found, at).flatMap((part) => (part.kind === 'word' ? [part.text] : []));
    const match = findCommand(words);
    return 'definition' in match && match.definition.result !== 'any' ? match.definition.result : undefined;
  }
  if (second !== undefined && second.kind !== 'terminator') return undefined;
  if (first.kind === 'literal') {
    const value = parseLiteral(first.text);
    return typeof value === 'object' && value.kind === 'invalid' ? undefined : typeOf(value);
  }
  return first.kind === 'string' || first.kind === 'raw-string' ? 'string' : undefined;
}
