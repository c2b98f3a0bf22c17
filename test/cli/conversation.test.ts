// The conversation at the prompt, key by key: what ends it, and in the midst of what.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Conversation } from '../../src/cli/prompt/conversation.ts';
import { HistoryFile } from '../../src/cli/prompt/history-file.ts';
import { Screen } from '../../src/cli/prompt/screen.ts';
import { none } from '../../src/language/values/value.ts';
import { type LiveNames, noLiveNames } from '../../src/repl/live-names.ts';
import { ReplSession } from '../../src/repl/repl-session.ts';
import { IdleClock, ScriptedHost } from '../language/scripted-host.ts';
import { RecordedCommandLine } from '../support/recorded-command-line.ts';

const keys = { end: '\u0004', tab: '\t', enter: '\r', cancel: '\u0003', backspace: '\u007f' };

/** Somebody at a terminal, or a pipe. */
class Operator {
  readonly host = new ScriptedHost();
  readonly commandLine: RecordedCommandLine;
  readonly exitCode: Promise<number>;
  readonly conversation: Conversation;
  readonly screen: Screen;
  liveNames: () => Promise<LiveNames> = async () => noLiveNames;
  /** The file of the history. */
  readonly history: string;
  readonly #input = new PassThrough();
  readonly #output = new PassThrough();
  #shown = '';

  constructor(environment: Readonly<Record<string, string>> = {}, interactive = true) {
    this.commandLine = new RecordedCommandLine(environment);
    const home = mkdtempSync(join(tmpdir(), 'understudy-conversation-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    this.history = join(home, 'history');
    const terminal = { input: this.#input, output: this.#output, interactive };
    const { commandLine, host } = this;
    this.screen = new Screen(terminal, commandLine);
    const session = new ReplSession({ host, clock: new IdleClock(), liveNames: () => this.liveNames() });
    const history = new HistoryFile(home, commandLine.note);
    const parts = { session, screen: this.screen, terminal, history, commandLine };
    this.conversation = new Conversation(parts);
    this.exitCode = this.conversation.hold();
  }

  /** What the terminal was sent, without the control sequences that move the cursor. */
  get shown(): string {
    return stripVTControlCharacters(this.sent);
  }

  get sent(): string {
    this.#shown += this.#output.read() ?? '';
    return this.#shown;
  }

  /** Resolves when the program has read it, unless it reads nothing at present. */
  async type(...typed: readonly string[]): Promise<void> {
    for (const one of typed) {
      this.#input.write(one);
      await turn();
    }
  }

  /** The pipe ends. */
  end(): void {
    this.#input.end();
  }

  /** Waits until the terminal shows it. */
  async sees(expected: RegExp): Promise<void> {
    while (!expected.test(this.shown)) await turn();
  }
}

it('neither says nor keeps a line that may be the rest of a secret', async () => {
  const operator = new Operator();
  for (const line of ['login alpha bob "${', 'hunter2', '}"', 'write "the last"'])
    await operator.type(`${line}${keys.enter}`);
  await operator.type(keys.end);
  await operator.exitCode;
  expect(operator.commandLine.notes.join('\n')).toContain('is not shown');
  expect(operator.commandLine.notes.join('\n')).not.toContain('hunter2');
  expect(readFileSync(operator.history, 'utf8')).toBe('write "the last"\n');
});

describe('the session ends', () => {
  it('with success when Ctrl-D is typed behind a prompt', async () => {
    const operator = new Operator();
    await operator.sees(/Command: $/);
    await operator.type(keys.end);
    expect(await operator.exitCode).toBe(0);
    expect(operator.shown).toBe('Command: \n');
  });

  it('with success when Ctrl-D is typed while a command runs, after the command and what was typed ahead', async () => {
    const operator = new Operator();
    operator.host.answers.set('ping', async () => {
      await operator.type(`write "ahead"${keys.enter}`, keys.end);
      return none;
    });
    await operator.sees(/Command: $/);
    await operator.type(`ping beta; write "pinged"${keys.enter}`);
    expect(await operator.exitCode).toBe(0);
    expect(operator.host.lines).toEqual(['pinged', 'ahead']);
    expect(operator.commandLine.notes).toEqual([]);
    expect(operator.shown).toMatch(/Command: write "ahead"\n$/);
  });

  it('as interrupted when it is told to end while a command runs, which is cancelled', async () => {
    const operator = new Operator();
    operator.host.answers.set(
      'ping',
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
          operator.commandLine.interrupt();
        }),
    );
    await operator.sees(/Command: $/);
    await operator.type(`ping beta; write "pinged"${keys.enter}`);
    expect(await operator.exitCode).toBe(5);
    expect(operator.host.lines).toEqual([]);
  });

  it('when news come in the moment of its end', async () => {
    const operator = new Operator();
    await operator.sees(/Command: $/);
    operator.commandLine.interrupt();
    operator.screen.news('alpha: error 5001: link lost');
    expect(await operator.exitCode).toBe(5);
    expect(operator.commandLine.notes).toEqual(['alpha: error 5001: link lost']);
  });

  it('when a completion is still being looked for', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    onTestFinished(() => void process.off('unhandledRejection', listener));
    const operator = new Operator();
    let answer: (names: LiveNames) => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      operator.liveNames = () => {
        resolve();
        return new Promise((found) => {
          answer = found;
        });
      };
    });
    await operator.sees(/Command: $/);
    await operator.type('ping ', keys.tab);
    await asked;
    operator.commandLine.interrupt();
    expect(await operator.exitCode).toBe(5);
    answer({ ...noLiveNames, servers: ['alpha'] });
    await turn();
    expect(unhandled).toEqual([]);
  });
});

it('a completion that comes too late leaves what was typed meanwhile as it is', async () => {
  const operator = new Operator();
  let answer: (names: LiveNames) => void = () => undefined;
  operator.liveNames = () =>
    new Promise((found) => {
      answer = found;
    });
  await operator.sees(/Command: $/);
  await operator.type('ping al', keys.tab);
  // The prompt that follows news reads on.
  operator.screen.news('news');
  await operator.type('pha; version');
  answer({ ...noLiveNames, servers: ['alabama'] });
  await turn();
  await operator.type(keys.enter, keys.end);
  expect(await operator.exitCode).toBe(0);
  expect(operator.host.requests.map(({ command, arguments: { server } }) => [command, server])).toEqual([
    ['ping', 'alpha'],
    ['version', undefined],
  ]);
});

it('a line that was begun while a command ran is written on behind its prompt', async () => {
  const operator = new Operator();
  operator.host.answers.set('ping', async () => {
    await operator.type('write "be');
    return none;
  });
  await operator.sees(/Command: $/);
  await operator.type(`ping beta${keys.enter}`);
  await operator.sees(/Command: write "be$/);
  await operator.type(`gun"${keys.enter}`, keys.end);
  expect(await operator.exitCode).toBe(0);
  expect(operator.host.lines).toEqual(['begun']);
});

it('Ctrl-C while a command runs takes with it what was typed ahead, to the last letter', async () => {
  const operator = new Operator();
  operator.host.answers.set(
    'ping',
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
        void operator.type(`write "ahead"${keys.enter}`, 'write "beg', keys.cancel);
      }),
  );
  await operator.sees(/Command: $/);
  await operator.type(`ping beta${keys.enter}`);
  await operator.sees(/write "beg.*\n?.*Command: $/);
  await operator.type(`write "fresh"${keys.enter}`, keys.end);
  expect(await operator.exitCode).toBe(0);
  expect(operator.host.lines).toEqual(['fresh']);
});

it('a dumb terminal is sent no control sequences, and Ctrl-C gives up a line there too', async () => {
  vi.stubEnv('TERM', 'dumb');
  onTestFinished(() => void vi.unstubAllEnvs());
  const operator = new Operator({ TERM: 'dumb' });
  operator.host.answers.set('ping', async () => {
    await operator.type('write "be');
    return none;
  });
  await operator.sees(/Command: $/);
  await operator.type('write "given up', keys.cancel);
  await operator.type(`ping beta${keys.enter}`);
  await operator.sees(/Command: write "be$/);
  operator.screen.news('news');
  await operator.sees(/Command: write "be\nCommand: write "be$/);
  await operator.type(`gun"${keys.enter}`, keys.end);
  expect(await operator.exitCode).toBe(0);
  expect(operator.host.lines).toEqual(['begun']);
  expect(operator.sent).not.toContain('\u001b');
});

it('SAVE says in words why there is no new file', async () => {
  const operator = new Operator();
  await operator.sees(/Command: $/);
  await operator.type(`save "/"${keys.enter}`, keys.end);
  await operator.exitCode;
  expect(operator.commandLine.notes).toEqual([
    'error: cannot save the session: /: something is there already (EEXIST)',
  ]);
});

it.each([
  ['a block', ['if true then', 'write 2'], /^error\[U0204\]/],
  ['a line that goes on', ['write 2,'], /^error\[U0202\]/],
  ['a line with a backslash', ['version \\'], /^error\[U0102\]/],
])('%s at the end of a pipe was not run, which is said', async (_, lines, said) => {
  const operator = new Operator({}, false);
  await turn();
  await operator.type(`write 1\n${lines.join('\n')}\n`);
  operator.end();
  expect(await operator.exitCode).toBe(0);
  expect(operator.host.lines).toEqual(['1']);
  expect(operator.host.requests).toEqual([]);
  expect(operator.commandLine.notes[0]).toMatch(said);
});

describe('a question', () => {
  /** At the prompt, where a ping asks. */
  async function asking(): Promise<{ readonly operator: Operator; readonly answers: unknown[] }> {
    const operator = new Operator();
    const answers: unknown[] = [];
    operator.host.answers.set('ping', async () => {
      answers.push(await operator.conversation.confirm('Make it?'));
      return none;
    });
    await operator.sees(/Command: $/);
    return { operator, answers };
  }

  async function questioned(): ReturnType<typeof asking> {
    const asked = await asking();
    await asked.operator.type(`ping beta${keys.enter}`);
    await asked.operator.sees(/Make it\? \[y\/N\] $/);
    return asked;
  }

  it.each([
    [`y${keys.enter}`, true],
    [` YES ${keys.enter}`, true],
    [`nx${keys.backspace}${keys.backspace}y${keys.enter}`, true],
    [`n${keys.enter}`, false],
    [keys.enter, false],
    [keys.cancel, false],
    [`y${keys.cancel}`, false],
  ])('is answered by a line: %j', async (key, expected) => {
    const { operator, answers } = await questioned();
    await operator.type(`${key}write "behind"${keys.enter}`, keys.end);
    expect(await operator.exitCode).toBe(0);
    expect([answers, operator.host.lines]).toEqual([[expected], ['behind']]);
  });

  it.each(['write "whole"', 'no_such', 'yes_or_no', 'n = 1'])(
    'takes no line for an answer that is none: %s',
    async (line) => {
      const { operator, answers } = await questioned();
      await operator.type(line);
      expect(answers).toEqual([]);
      await operator.type(`${keys.enter}write "next"${keys.enter}`, keys.end);
      expect(await operator.exitCode).toBe(0);
      expect(answers).toEqual([undefined]);
      expect(operator.host.lines).toEqual(line.startsWith('write') ? ['whole', 'next'] : ['next']);
    },
  );

  it('takes no key from a line that was being typed when it appeared', async () => {
    const { operator, answers } = await questioned();
    await operator.type(`write "whole"${keys.enter}`, keys.end);
    expect(await operator.exitCode).toBe(0);
    expect([answers, operator.host.lines]).toEqual([[undefined], ['whole']]);
  });

  it('is not asked of a pipe', async () => {
    const operator = new Operator({}, false);
    await turn();
    expect(await operator.conversation.confirm('Make it?')).toBeUndefined();
    operator.end();
    expect(await operator.exitCode).toBe(0);
  });

  it('is not asked when more lines were typed already, which are no answer', async () => {
    const { operator, answers } = await asking();
    await operator.type(`ping beta${keys.enter}write "y"${keys.enter}`, keys.end);
    expect(await operator.exitCode).toBe(0);
    expect([answers, operator.host.lines]).toEqual([[undefined], ['y']]);
  });
});
