// Reads a script from its tokens alone: where variables and functions are mentioned, which blocks there are, what the
// commands say. A text in an editor is broken most of the time, and a parser that leaves a broken statement behind loses the
// names in it; tokens are always there. So nothing here fails or complains, for any text.
import type { IToken } from 'chevrotain';
import { findCommand } from '../catalogue/catalogue.ts';
import { DiagnosticSink } from '../diagnostics.ts';
import { stringPieces } from '../lexer/string-scanner.ts';
import { isKind, rangeOf, tokenize, tokenizeExpression } from '../lexer/tokenize.ts';
import * as tokens from '../lexer/tokens.ts';
import { leadingVariable } from '../parser/parse.ts';
import { type Range, SourceText } from '../source-text.ts';
import { parseLiteral } from '../units.ts';
import { typeOf } from '../value.ts';
import { type CommandReading, type Part, readCommand } from './command-reading.ts';

/** The range is that of the name, without the dollar of a variable. */
export interface Mention extends Range {
  readonly kind: 'variable' | 'function';
  /** As it is compared: the names of functions in small letters. */
  readonly name: string;
  /** Whether it is given a value, or defined, here. */
  readonly defines: boolean;
  /** What it is given, where the text alone says of which type that is. */
  readonly type?: string;
}

export interface FunctionReading extends Range {
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
  readonly tokens: readonly IToken[];
  readonly mentions: readonly Mention[];
  readonly functions: readonly FunctionReading[];
  /** From the word that opens a block to its END, or to the end of the text. */
  readonly blocks: readonly Range[];
  readonly commands: readonly (CommandReading & Range)[];
  readonly includes: readonly Include[];
  /** The blocks of ON, in which there is a variable $event. */
  readonly handlers: readonly Range[];
}

/** A longer text is no script (parser/parse.ts), and is not read. */
const readCharactersMax = 16 * 1024 * 1024;
/** Strings inside `${…}` inside strings; the parser goes no deeper either. */
const interpolationLevelsMax = 4;

export function readScript(file: string, text: string): ScriptReading {
  const source = new SourceText(file, text);
  const found = text.length > readCharactersMax ? [] : tokenize(new DiagnosticSink(source)).tokens;
  return new ScriptReader(source, found).read();
}

/**
 * The part of the tokens that is one command, from its first word on: up to the end of the statement or its DO. A block
 * behind which the command goes on is the value of an option, as the task of QUEUETASK may be.
 */
export function commandParts(found: readonly IToken[], from: number): readonly Part[] {
  const parts: Part[] = [];
  let depth = 0;
  for (let at = from; at < found.length; at++) {
    const token = found[at];
    if (token === undefined) break;
    if (depth === 0 && endsCommand(token)) {
      const end = isKind(token, tokens.Do) ? blockEnd(found, at) : undefined;
      const next = end === undefined ? undefined : found[end + 1];
      if (end === undefined || next === undefined || endsCommand(next)) break;
      parts.push({ kind: 'value', start: token.startOffset, end: next.startOffset });
      at = end;
      continue;
    }
    const range = rangeOf(token);
    const isInside = depth > 0;
    if (opensBracket(token)) depth++;
    else if (closesBracket(token)) depth = Math.max(0, depth - 1);
    const last = parts[parts.length - 1];
    const isCall = last?.kind === 'word' && last.end === range.start && token.tokenType === tokens.OpenRound;
    if (
      last !== undefined &&
      (isInside || isCall || token.tokenType === tokens.Step || token.tokenType === tokens.OpenIndex)
    )
      parts[parts.length - 1] = { kind: 'value', start: last.start, end: range.end };
    else if (isKind(token, tokens.Word)) parts.push({ kind: 'word', text: token.image, ...range });
    else if (token.tokenType === tokens.Equals) parts.push({ kind: 'equals', ...range });
    else parts.push({ kind: 'value', ...range });
  }
  return parts;
}

/** The index of the END that belongs to the block opened at an index; undefined when it is not closed. */
function blockEnd(found: readonly IToken[], from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < found.length; at++) {
    const token = found[at];
    if (token !== undefined && opensBlock(token, found[at - 1])) depth++;
    else if (token !== undefined && isKind(token, tokens.End) && --depth === 0) return at;
  }
  return undefined;
}

/** An IF behind ELSE on its line shares the END of the first. */
function opensBlock(token: IToken, before: IToken | undefined): boolean {
  const type = token.tokenType;
  if (type === tokens.If) return before === undefined || !isKind(before, tokens.Else);
  return type === tokens.Try || type === tokens.FunctionWord || isKind(token, tokens.Do);
}

const commandEnds = [tokens.Terminator, tokens.Then, tokens.Do, tokens.Else, tokens.End, tokens.Finally];
/** By the type of a token; asked for each of them. */
const commandEndsBy = new Map<unknown, boolean>();

function endsCommand(token: IToken): boolean {
  let ends = commandEndsBy.get(token.tokenType);
  if (ends === undefined) {
    ends = commandEnds.some((kind) => isKind(token, kind));
    commandEndsBy.set(token.tokenType, ends);
  }
  return ends;
}

const openings: readonly unknown[] = [tokens.OpenRound, tokens.OpenSquare, tokens.OpenCurly, tokens.OpenIndex];
const closings: readonly unknown[] = [tokens.CloseRound, tokens.CloseSquare, tokens.CloseCurly];
const opensBracket = (token: IToken): boolean => openings.includes(token.tokenType);
const closesBracket = (token: IToken): boolean => closings.includes(token.tokenType);

/** A name before a bracket; in a command the bracket touches it, and behind FUNCTION and TASK it is no call. */
function isCall(found: readonly IToken[], at: number): boolean {
  const bracket = found[at + 1];
  const token = found[at];
  if (token === undefined || bracket?.tokenType !== tokens.OpenRound) return false;
  if (isKind(token, tokens.Name)) return true;
  const before = found[at - 1]?.tokenType;
  const defines = before === tokens.FunctionWord || before === tokens.TaskWord;
  return isKind(token, tokens.Word) && !defines && tokens.tokenEnd(token) === bracket.startOffset;
}

interface OpenBlock {
  readonly start: number;
  readonly isHandler?: boolean;
  readonly function?: Omit<FunctionReading, keyof Range>;
}

class ScriptReader {
  readonly #source: SourceText;
  readonly #tokens: readonly IToken[];
  readonly #mentions: Mention[] = [];
  readonly #functions: FunctionReading[] = [];
  readonly #blocks: Range[] = [];
  readonly #commands: (CommandReading & Range)[] = [];
  readonly #includes: Include[] = [];
  readonly #handlers: Range[] = [];
  readonly #parameterEnds = new Set<number>();
  readonly #foreignEnds = new Set<number>();
  readonly #open: OpenBlock[] = [];
  /** Whether the next DO is that of an ON. */
  #isHandler = false;

  constructor(source: SourceText, found: readonly IToken[]) {
    this.#source = source;
    this.#tokens = found;
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
      blocks: this.#blocks,
      commands: this.#commands,
      includes: this.#includes,
      handlers: this.#handlers,
    };
  }

  #readBlock(at: number): void {
    const token = this.#tokens[at];
    if (token === undefined) return;
    if (token.tokenType === tokens.FunctionWord) this.#openFunction(at, token.startOffset);
    else if (token.tokenType === tokens.TaskWord) this.#readTask(at, token.startOffset);
    else if (token.tokenType === tokens.On) this.#isHandler = true;
    else if (opensBlock(token, this.#tokens[at - 1])) {
      this.#open.push({ start: token.startOffset, isHandler: this.#isHandler });
      this.#isHandler = false;
    } else if (isKind(token, tokens.End)) this.#close(tokens.tokenEnd(token));
    else if (isKind(token, tokens.Terminator)) this.#isHandler = false;
  }

  #close(end: number): void {
    const opened = this.#open.pop();
    if (opened === undefined) return;
    this.#blocks.push({ start: opened.start, end });
    if (opened.isHandler) this.#handlers.push({ start: opened.start, end });
    if (opened.function !== undefined) this.#functions.push({ start: opened.start, end, ...opened.function });
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
    const body = this.#tokens
      .slice(at)
      .find((one) => one.tokenType === tokens.ScriptBody || isKind(one, tokens.Terminator));
    const end = body?.tokenType === tokens.ScriptBody ? tokens.tokenEnd(body) : header.parameterList.end;
    this.#functions.push({ start, end, ...header });
    if (end > header.parameterList.end) this.#blocks.push({ start, end });
  }

  /** The name and the parameters behind FUNCTION or TASK. */
  #readHeader(at: number): Omit<FunctionReading, keyof Range> | undefined {
    const word = this.#tokens[at + 1];
    if (word === undefined || !isKind(word, tokens.Word)) return undefined;
    const name: Mention = { kind: 'function', name: word.image.toLowerCase(), defines: true, ...rangeOf(word) };
    this.#mentions.push(name);
    const parameters: Mention[] = [];
    let [end, depth] = [name.end, 0];
    for (let index = at + 2; index < this.#tokens.length; index++) {
      const token = this.#tokens[index];
      if (token === undefined || (depth === 0 && token.tokenType !== tokens.OpenRound)) break;
      const before = this.#tokens[index - 1];
      if (opensBracket(token)) depth++;
      else if (closesBracket(token)) depth--;
      else if (depth === 1 && token.tokenType === tokens.Variable && startsParameter(before))
        parameters.push(this.#mention(token, true));
      end = tokens.tokenEnd(token);
      if (depth === 0) break;
    }
    return { name, parameters, parameterList: { start: name.end, end } };
  }

  #readMention(found: readonly IToken[], at: number, level = 0): void {
    const token = found[at];
    if (token === undefined) return;
    if (token.tokenType === tokens.Variable) {
      if (!this.#foreignEnds.has(tokens.tokenEnd(token))) this.#mentions.push(this.#variable(found, at, token));
    } else if (token.tokenType === tokens.StringLiteral && level < interpolationLevelsMax)
      this.#readString(token, level);
    else if (isCall(found, at))
      this.#mentions.push({ kind: 'function', name: token.image.toLowerCase(), defines: false, ...rangeOf(token) });
  }

  #variable(found: readonly IToken[], at: number, token: IToken): Mention {
    const before = found[at - 1]?.tokenType;
    const isLoops = before === tokens.For || (before === tokens.Each && found[at - 2]?.tokenType === tokens.For);
    const isAssigned = found[at + 1]?.tokenType === tokens.Assign;
    const isParameter = this.#parameterEnds.has(tokens.tokenEnd(token));
    const defines = isAssigned || isLoops || isParameter || before === tokens.OnError || before === tokens.Param;
    const type = before === tokens.Param ? typeOfParam(found, at) : undefined;
    return this.#mention(token, defines, isAssigned ? typeOfValue(found, at + 2) : type);
  }

  #mention(token: IToken, defines: boolean, type?: string): Mention {
    // Inside the braces of a string the token has a dollar that the text has not.
    const start = token.startOffset + (this.#source.text[token.startOffset] === '$' ? 1 : 0);
    const name = token.image.slice(1);
    return {
      kind: 'variable',
      name,
      defines,
      start,
      end: start + name.length,
      ...(type === undefined ? {} : { type }),
    };
  }

  #readString(token: IToken, level: number): void {
    if (!token.image.includes('$')) return;
    const { start, end } = rangeOf(token);
    for (const piece of stringPieces(this.#source.text, start, end)) {
      if (piece.kind === 'variable') {
        const { name } = piece;
        this.#mentions.push({ kind: 'variable', name, defines: false, start: piece.end - name.length, end: piece.end });
      } else if (piece.kind === 'expression') {
        const inside = leadingVariable(tokenizeExpression(new DiagnosticSink(this.#source), piece).tokens);
        for (let at = 0; at < inside.length; at++) this.#readMention(inside, at, level + 1);
      }
    }
  }

  #readInclude(at: number): void {
    const name = this.#tokens[at];
    if (name === undefined || this.#tokens[at - 1]?.tokenType !== tokens.Include) return;
    this.#includes.push({ path: includedPath(name.image), ...rangeOf(name) });
  }

  #readCommand(at: number): void {
    const token = this.#tokens[at];
    if (token === undefined || !isKind(token, tokens.Word)) return;
    if (token.tokenType !== tokens.CommandStart && !tokens.isStatementStart(this.#tokens, at)) return;
    const parts = commandParts(this.#tokens, at);
    const last = parts[parts.length - 1];
    if (last !== undefined) this.#commands.push({ ...readCommand(parts), start: token.startOffset, end: last.end });
  }
}

function startsParameter(before: IToken | undefined): boolean {
  return before?.tokenType === tokens.OpenRound || before?.tokenType === tokens.Comma;
}

function includedPath(image: string): string {
  if (image.startsWith('"')) return image.slice(1, -1).replaceAll('""', '"').replaceAll('$$', '$');
  return image.startsWith("'") ? image.slice(1, -1) : image;
}

/** The type of `PARAM $x AS type`. */
function typeOfParam(found: readonly IToken[], at: number): string | undefined {
  return found[at + 1]?.image.toUpperCase() === 'AS' ? found[at + 2]?.image.toLowerCase() : undefined;
}

/** The type of what an assignment gives, when it is a command or one literal. */
function typeOfValue(found: readonly IToken[], at: number): string | undefined {
  const [first, second] = [found[at], found[at + 1]];
  if (first === undefined) return undefined;
  if (first.tokenType === tokens.CommandStart) {
    const words = commandParts(found, at).flatMap((part) => (part.kind === 'word' ? [part.text] : []));
    const match = findCommand(words);
    return 'definition' in match && match.definition.result !== 'any' ? match.definition.result : undefined;
  }
  if (second !== undefined && !isKind(second, tokens.Terminator)) return undefined;
  if (isKind(first, tokens.Literal)) {
    const value = parseLiteral(first.image);
    return typeof value === 'object' && value.kind === 'invalid' ? undefined : typeOf(value);
  }
  return first.tokenType === tokens.StringLiteral || first.tokenType === tokens.RawString ? 'string' : undefined;
}
