// The session at the prompt, without a terminal: lines go in, results come out. A block is read to its END. The session
// goes on after a text that failed or was cancelled. The owner of the terminal shows the prompt, passes lines and
// Ctrl-C on, and writes the file of SAVE.
//
// Between two calls of `feed` the session is idle or holds the lines of an open block; during a call it runs a text.
// `feed` must not be called again before the last call has resolved.
import type { Clock } from '../base/waiting/clock.ts';
import { unfinishedTokens } from '../language/lexer/tokenize.ts';
import type { ReadIncluded } from '../language/parser/include.ts';
import { checkAgainst, type Outcome, Session } from '../language/program.ts';
import { renderDiagnostics } from '../language/reading/render-diagnostics.ts';
import { typedBehind } from '../language/reading/secret-ranges.ts';
import { SourceText } from '../language/tree/source-text.ts';
import type { CommandRequest, Host } from '../language/values/host.ts';
import type { Value } from '../language/values/value.ts';
import { type Completion, complete } from './completion.ts';
import { type LiveNames, noLiveNames } from './live-names.ts';
import { leavesSecretOpen } from './secret-literals.ts';
import { SessionScript } from './session-script.ts';

export interface ReplOptions {
  readonly host: Host;
  readonly clock: Clock;
  /** Reads the files that INCLUDE names; without it INCLUDE is refused. */
  readonly read?: ReadIncluded;
  /** Called while the operator waits for a completion. */
  readonly liveNames?: () => Promise<LiveNames>;
}

export type FeedResult =
  /** The text is not complete: a block, a bracket or a string is open, or the line ends with a backslash. */
  | { readonly kind: 'more' }
  /** The text ran or did not check: `text` is what to show, empty when all went well. */
  | { readonly kind: 'done'; readonly text: string; readonly succeeded: boolean }
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
    const { script, diagnostics } = checkAgainst(source, this.#session.known(), this.#options.read);
    const isOpen = script === undefined && diagnostics.some((one) => one.code === openBlockCode);
    if (isOpen || goesOn(source.text)) return { kind: 'more' };
    this.#open = [];
    this.#noteSecret(source.text, script !== undefined);
    const found = renderDiagnostics(diagnostics, source);
    if (script === undefined) return { kind: 'done', text: found, succeeded: false };
    this.#running = new AbortController();
    let outcome: Outcome;
    try {
      outcome = await this.#session.run(script, {
        host: this.#watched(),
        clock: this.#options.clock,
        signal: this.#running.signal,
      });
    } finally {
      this.#running = undefined;
    }
    if (outcome.kind === 'completed') {
      if (outcome.exited) return { kind: 'quit', exitCode: outcome.exitCode };
      this.#script.add(source.text);
    }
    const shown = [found, renderDiagnostics(outcome.diagnostics, source)];
    if (outcome.kind === 'completed' && script.block.some((one) => one.kind === 'on')) shown.push(handlerEnded);
    const text = shown.filter((one) => one !== '').join('\n\n');
    return { kind: 'done', text, succeeded: outcome.kind === 'completed' };
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
    const { liveNames = async () => noLiveNames } = this.#options;
    const { candidates, start } = await complete(before + line, known, liveNames);
    return { candidates, start: Math.max(0, start - before.length) };
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
        if (request.command === 'source' && typeof server === 'string') this.#source = server;
        if (request.command === 'target' && typeof server === 'string') this.#target = server;
        return result;
      },
      property: (handle, path, span) => host.property(handle, path, span),
      watch: (request, deliver, signal) => host.watch(request, deliver, signal),
      write: (text) => host.write(text),
    };
  }
}

/** Whether the text goes on: it ends inside a bracket or string, or after an operator, a comma or a backslash. */
function goesOn(text: string): boolean {
  const found = unfinishedTokens(`${text}\n`);
  return found.length > 0 && found.kindAt(found.length - 1) !== 'terminator';
}
