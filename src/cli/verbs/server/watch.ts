// `understudy status --watch`: the connections of a home's server, live, until q or Ctrl-C. The server is asked every
// second. One that does not answer is said to be gone, and is there again as soon as it answers.
import { asFailure } from '../../../base/failure.ts';
import { type Clock, sleep } from '../../../base/waiting/clock.ts';
import { instantText } from '../../../runtime/text/instant-text.ts';
import { JobPaces, type Line, type LiveState, liveText } from '../../../runtime/text/live-text.ts';
import { type CommandLine, exitCodes, UsageError } from '../../command-line.ts';
import { Colours } from '../../prompt/colours.ts';
import { type HomeInformation, homeInformation } from '../../servers/home-information.ts';
import { LiveScreen, type LiveTerminal } from '../../terminal/live-screen.ts';
import { fitting } from '../../terminal/progress-line.ts';

const askedEveryMs = 1000;
/** A server that takes longer is said to give no answer; it is still waited for. */
const patienceMs = 3000;
const endKeys = ['q', 'Q', '\u0003', '\u0004', '\u001b'];
const usage = 'q: end';

/** Fails with a UsageError where there is no terminal. */
export async function watch(
  home: string,
  clock: Clock,
  terminal: LiveTerminal | undefined,
  commandLine: CommandLine,
): Promise<number> {
  if (terminal === undefined) {
    throw new UsageError(
      '--watch needs a terminal; programs are told by status --json, monitoring systems by status --check',
    );
  }
  const server = { information: homeInformation(home) };
  return new Watch(server, clock, terminal, commandLine).run();
}

export class Watch {
  readonly #server: { readonly information: HomeInformation };
  readonly #clock: Clock;
  readonly #terminal: LiveTerminal;
  readonly #colours: Colours;
  readonly #interruption: AbortSignal;
  readonly #paces = new JobPaces();
  #state: LiveState = { report: undefined, space: undefined, trouble: undefined, rates: new Map() };
  #answeredMs: number;
  #reason = 'the server is busy';
  /** How many connections are above the screen. */
  #above = 0;

  constructor(
    server: { readonly information: HomeInformation },
    clock: Clock,
    terminal: LiveTerminal,
    { environment, interruption }: Pick<CommandLine, 'environment' | 'interruption'>,
  ) {
    this.#server = server;
    this.#clock = clock;
    this.#terminal = terminal;
    this.#interruption = interruption;
    this.#colours = new Colours({ prompt: true, messages: true }, environment);
    this.#answeredMs = clock.monotonicMs();
  }

  /** The exit code, when the person has left, or the process was asked to end. */
  async run(): Promise<number> {
    const left = new AbortController();
    const over = AbortSignal.any([left.signal, this.#interruption]);
    const screen = new LiveScreen(this.#terminal);
    const draw = (): void => screen.draw(this.#rows());
    const resized = (): void => {
      screen.forget();
      draw();
    };
    const typed = (key: string): void => {
      if (endKeys.includes(key)) left.abort();
      else this.#scroll(key);
      draw();
    };
    const deaf = this.#terminal.listen(resized, typed);
    try {
      while (!over.aborted) {
        const asked = this.#ask();
        const ended = new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }));
        // The screen tells how long there was no answer, also while one is waited for.
        for (let isAnswered = false; !isAnswered && !over.aborted; draw()) {
          const pause = new AbortController();
          const late = sleep(this.#clock, patienceMs, AbortSignal.any([over, pause.signal])).then(() => false);
          isAnswered = await Promise.race([asked.then(() => true), late, ended.then(() => false)]);
          pause.abort();
          if (!isAnswered) this.#noAnswer(this.#reason);
        }
        await sleep(this.#clock, askedEveryMs, over);
      }
    } finally {
      deaf();
      screen.close();
    }
    return this.#interruption.aborted ? exitCodes.interrupted : exitCodes.success;
  }

  async #ask(): Promise<void> {
    const { information } = this.#server;
    try {
      const [report, space] = [await information.report(), await information.space()];
      this.#answeredMs = this.#clock.monotonicMs();
      this.#reason = 'the server is busy';
      const rates = this.#paces.at(this.#answeredMs, report.jobs);
      this.#state = { report, space, trouble: undefined, rates };
    } catch (error) {
      const { reason } = asFailure(error, 'ask', 'the server');
      this.#reason = reason;
      this.#noAnswer(reason);
    }
  }

  #noAnswer(reason: string): void {
    const trouble = { reason, forMs: this.#clock.monotonicMs() - this.#answeredMs };
    this.#state = { ...this.#state, trouble, rates: new Map() };
  }

  #scroll(key: string): void {
    const steps: Readonly<Record<string, number>> = { '\u001b[A': -1, k: -1, '\u001b[B': 1, j: 1, ' ': 5 };
    const jobs = this.#state.report?.jobs.length ?? 0;
    this.#above = Math.max(0, Math.min(jobs - 1, this.#above + (steps[key] ?? 0)));
  }

  /** As many rows as the terminal has, the last one with the keys. */
  #rows(): string[] {
    const { columns, rows } = this.#terminal.size();
    const { head, jobs } = liveText(this.#state, instantText(this.#clock.wallMs()));
    const room = Math.max(0, rows - head.length - 1);
    const body: Line[] = [];
    let shown = 0;
    for (const lines of jobs.slice(this.#above)) {
      const block: Line[] = [[], ...lines];
      if (body.length + block.length > room && shown > 0) break;
      body.push(...block);
      shown += 1;
    }
    const hidden = jobs.length - shown;
    const keys = hidden === 0 ? usage : `${hidden} more connections; Up and Down show them, ${usage}`;
    const all = [...head, ...body].slice(0, rows - 1);
    while (all.length < rows - 1) all.push([]);
    return [...all, [{ text: keys, meaning: 'beside' } as const]].map((line) => this.#row(line, columns));
  }

  /** The parts that fit on one row, in their colours. */
  #row(line: Line, columns: number): string {
    const whole = fitting(line.map(({ text }) => text).join(''), columns);
    let at = 0;
    return line
      .map(({ text, meaning }) => {
        const piece = whole.slice(at, at + text.length);
        at += text.length;
        return piece === '' ? '' : this.#colours.meaning(meaning, piece);
      })
      .join('');
  }
}
