// The session at the prompt, without a terminal: lines go in, results come out. A block is read to its END. The session
// goes on after a text that failed or was cancelled. The owner of the terminal shows the prompt, passes lines and
// Ctrl-C on, and writes the file of SAVE.
//
// Between two calls of `feed` the session is idle or holds the lines of an open block; during a call it runs a text.
// `feed` must not be called again before the last call has resolved.
import type { Clock } from '../base/waiting/clock.ts';
import { unfinishedTokens } from '../language/lexer/tokenize.ts';
import type { ReadIncluded } from '../language/parser/include.ts';
import {
  type CheckedScript,
  checkAgainst,
  type Outcome,
  propertiesAt,
  type Script,
  Session,
} from '../language/program.ts';
import type { PropertyPlace } from '../language/reading/completion.ts';
import { helpLines } from '../language/reading/help/help-text.ts';
import { renderDiagnostics } from '../language/reading/render-diagnostics.ts';
import { typedBehind } from '../language/reading/secret-ranges.ts';
import { SourceText } from '../language/tree/source-text.ts';
import type { CommandRequest, Host } from '../language/values/host.ts';
import { type HandleValue, none, type Value } from '../language/values/value.ts';
import { type Completion, complete, type Surroundings } from './completion.ts';
import { type LiveNames, noLiveNames, within } from './live-names.ts';
import { leavesSecretOpen } from './secret-literals.ts';
import { SessionScript } from './session-script.ts';
import { shownLines } from './shown-value.ts';
import { asTyped, looksLikeValue, typedValueName, valueScript } from './typed-value.ts';

export interface ReplOptions {
  readonly host: Host;
  readonly clock: Clock;
  /** Reads the files that INCLUDE names; without it INCLUDE is refused. */
  readonly read?: ReadIncluded;
  /** Called while the operator waits for a completion. */
  readonly liveNames?: () => Promise<LiveNames>;
  /** The same, for the files and folders whose paths begin so. */
  readonly paths?: Surroundings['paths'];
}

export type FeedResult =
  /** The text is not complete: a block, a bracket or a string is open, or the line ends with a backslash. */
  | { readonly kind: 'more' }
  /** The text ran or did not check: `text` is what to show, empty when all went well. */
  | { readonly kind: 'done'; readonly text: string; readonly succeeded: boolean }
  /** Lines to read at leisure. */
  | { readonly kind: 'page'; readonly lines: readonly string[] }
  /** The operator wants the session saved as a script in this file. */
  | { readonly kind: 'save'; readonly path: string; readonly text: string }
  | { readonly kind: 'quit'; readonly exitCode: number };

/** A handler ends with the text that it is in. */
const handlerEnded = 'note: the handler ended with this text; write ON … END; WAIT 10m as one to see it at work';

const saveUsage = 'error: SAVE stands on a line of its own and needs the name of one new file: SAVE "session.dtcl"';

/** The code for a block without its END; more lines can complete it. */
const openBlockCode = 'U0204';

export class ReplSession {
  readonly #session = new Session();
  readonly #options: ReplOptions;
  readonly #script: SessionScript;
  #open: string[] = [];
  #unfinishedSecret = '';
  #running: AbortController | undefined;
  #source: string | undefined;
  #target: string | undefined;

  constructor(options: ReplOptions) {
    this.#options = options;
    this.#script = new SessionScript(options.read);
  }

  /** The prompt: `Command: `, `alpha> `, `alpha -> beta> `, or dots of the same width while a block is open. */
  get prompt(): string {
    const target = this.#target === undefined ? [] : ['->', this.#target];
    const names = [...(this.#source === undefined ? [] : [this.#source]), ...target].join(' ');
    const prompt = names === '' ? 'Command: ' : `${names}> `;
    return this.#open.length === 0 ? prompt : `${'.'.repeat(prompt.length - 1)} `;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** A text that did not check, with its line end, when the next line may be the rest of a secret in it; else empty. */
  get unfinishedSecret(): string {
    return this.#unfinishedSecret;
  }

  async feed(line: string): Promise<FeedResult> {
    const special = this.#open.length === 0 ? this.#special(line.trim()) : undefined;
    if (special !== undefined) return special;
    this.#open.push(line);
    const source = this.#typed();
    const checked = checkAgainst(source, this.#session.known(), this.#options.read);
    const isOpen = checked.script === undefined && checked.diagnostics.some((one) => one.code === openBlockCode);
    const mayBeValue = this.#unfinishedSecret === '' && looksLikeValue(source.text);
    if (isOpen || goesOn(mayBeValue ? valueScript(source).text : source.text)) return { kind: 'more' };
    this.#open = [];
    // Behind a secret that is still open, a line is never taken for a value, because it may be the rest of the secret.
    const isShown = mayBeValue && (checked.script === undefined || isCallAlone(checked.script));
    const value = isShown ? this.#checkedValue(source) : undefined;
    const { script, diagnostics } = value ?? checked;
    this.#noteSecret(source.text, script !== undefined);
    const found = renderDiagnostics(diagnostics, source);
    if (script === undefined) return { kind: 'done', text: found, succeeded: false };
    const outcome = await this.#run(script, value !== undefined);
    if (outcome.kind === 'completed') {
      if (outcome.exited) return { kind: 'quit', exitCode: outcome.exitCode };
      if (value === undefined) this.#script.add(source.text);
    }
    const said = value === undefined ? outcome.diagnostics : outcome.diagnostics.map((one) => asTyped(one, source));
    const shown = [found, renderDiagnostics(said, source)];
    if (outcome.kind === 'completed' && script.block.some((one) => one.kind === 'on')) shown.push(handlerEnded);
    const text = shown.filter((one) => one !== '').join('\n\n');
    return { kind: 'done', text, succeeded: outcome.kind === 'completed' };
  }

  /** Runs a text that checks; the value of a text that is only a value is shown. */
  async #run(script: Script, isValue: boolean): Promise<Outcome> {
    const running = new AbortController();
    this.#running = running;
    const { clock, host } = this.#options;
    try {
      const outcome = await this.#session.run(script, { host: this.#watched(), clock, signal: running.signal });
      const value = this.#session.value(typedValueName);
      if (!isValue || outcome.kind !== 'completed' || value === undefined) return outcome;
      const span = script.source.span({ start: 0, end: 0 });
      const given = new Promise<Value>((resolve) => running.signal.addEventListener('abort', () => resolve(none)));
      const read = (handle: HandleValue): Promise<Value> =>
        Promise.race([host.property(handle, [], span).catch(() => none), given]);
      for (const line of await shownLines(value, read)) host.write(line);
      return outcome;
    } finally {
      this.#running = undefined;
      this.#session.forget(typedValueName);
    }
  }

  /** The check of a text as one value; undefined when it is several statements. */
  #checkedValue(source: SourceText): CheckedScript | undefined {
    const checked = checkAgainst(valueScript(source), this.#session.known(), this.#options.read);
    const { script, diagnostics, tasks, patterns } = checked;
    const isOne = script === undefined || script.block.length === 1;
    const said = { diagnostics: diagnostics.map((one) => asTyped(one, source)), tasks, patterns };
    return isOne ? { ...said, ...(script === undefined ? {} : { script }) } : undefined;
  }

  /** For the end of the input: why the open text was not run; empty when none is open. */
  unfinished(): string {
    if (this.#open.length === 0) return '';
    const source = this.#typed();
    return renderDiagnostics(checkAgainst(source, this.#session.known(), this.#options.read).diagnostics, source);
  }

  /** Ctrl-C: cancels the running text, or drops an open block. Returns false when there was nothing to cancel. */
  cancel(): boolean {
    if (this.#running !== undefined) {
      this.#running.abort();
      return true;
    }
    const hadBlock = this.#open.length > 0;
    this.#open = [];
    this.#unfinishedSecret = '';
    return hadBlock;
  }

  /** Completes a line; `start` counts in the line. */
  async complete(line: string): Promise<Completion> {
    const before = this.#open.map((one) => `${one}\n`).join('');
    const { variables, functions } = this.#session.known();
    const known = { variables, functions: functions.keys() };
    const { liveNames = async () => noLiveNames, paths = async () => [], clock } = this.#options;
    const text = new SourceText('prompt', before + line);
    const properties = async (place: PropertyPlace): Promise<readonly string[]> =>
      propertiesAt(text, place, this.#session.known(), this.#options.read) ?? within(clock, this.#propertyNames(place));
    const atOnce: typeof paths = (written, place) => within(clock, paths(written, place));
    const { candidates, start } = await complete(text.text, known, { liveNames, properties, paths: atOnce });
    return { candidates, start: Math.max(0, start - before.length) };
  }

  /** The names of what a value holds: the fields of a record, the live properties of a handle. */
  async #propertyNames({ variable, steps }: PropertyPlace): Promise<readonly string[]> {
    let value = this.#session.value(variable);
    const span = new SourceText('prompt', '').span({ start: 0, end: 0 });
    const opened = async (): Promise<Value | undefined> => {
      const isHandle = typeof value === 'object' && value.kind === 'handle';
      return isHandle ? this.#options.host.property(value as HandleValue, [], span) : value;
    };
    for (const step of steps) {
      value = await opened();
      if (typeof value !== 'object') return [];
      if (value.kind === 'list') value = value.items[Number(step)];
      else value = value.kind === 'record' ? value.fields.get(String(step)) : undefined;
    }
    value = await opened();
    return typeof value === 'object' && value.kind === 'record' ? [...value.fields.keys()] : [];
  }

  #typed(): SourceText {
    return typedBehind(this.#unfinishedSecret, new SourceText('prompt', this.#open.join('\n')));
  }

  #noteSecret(text: string, checks: boolean): void {
    if (text.trim() === '') return;
    if (checks || !leavesSecretOpen(this.#unfinishedSecret + text)) this.#unfinishedSecret = '';
    else if (leavesSecretOpen(text)) this.#unfinishedSecret = `${text}\n`;
  }

  #special(line: string): FeedResult | undefined {
    if (/^quit$/i.test(line)) return { kind: 'quit', exitCode: 0 };
    const help = /^help(?:\s+([\w.\s]*))?$/i.exec(line);
    if (help !== null) return { kind: 'page', lines: helpLines(help[1]?.match(/\S+/g) ?? []) };
    const save = /^save\s+(?:"([^"]+)"|'([^']+)'|(\S+))$/i.exec(line);
    const path = save?.[1] ?? save?.[2] ?? save?.[3];
    if (path !== undefined) return { kind: 'save', path, text: this.#script.text() };
    return /^save(?:\s|$)/i.test(line) ? { kind: 'done', text: saveUsage, succeeded: false } : undefined;
  }

  /** The host, which also notes the source and target that the operator chooses. */
  #watched(): Host {
    const { host } = this.#options;
    return {
      execute: async (request: CommandRequest, signal: AbortSignal): Promise<Value> => {
        const result = await host.execute(request, signal);
        const { server } = request.arguments;
        // What a branch of a PARALLEL chooses is its own.
        if (request.branch !== undefined) return result;
        if (request.command === 'source' && typeof server === 'string') this.#source = server;
        if (request.command === 'target' && typeof server === 'string') this.#target = server;
        return result;
      },
      property: (handle, path, span) => host.property(handle, path, span),
      watch: (request, deliver, signal) => host.watch(request, deliver, signal),
      write: (text, row) => host.write(text, row),
    };
  }
}

/** Whether a text is one call of a function; the prompt shows its result. */
function isCallAlone({ block }: Script): boolean {
  return block.length === 1 && block[0]?.kind === 'call-alone';
}

/** Whether the text goes on: it ends inside a bracket or string, or after an operator, a comma or a backslash. */
function goesOn(text: string): boolean {
  const found = unfinishedTokens(`${text}\n`);
  return found.length > 0 && found.kindAt(found.length - 1) !== 'terminator';
}
