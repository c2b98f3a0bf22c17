// `understudy repl`: the prompt on a terminal, or lines from a pipe. Ctrl-C cancels the command, or the line that is being
// written, never the session; Ctrl-D and QUIT end it. The history is kept in the home, without lines that log in.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { asFailure } from '../base/failure.ts';
import { ReplSession } from '../repl/repl-session.ts';
import { CommandHost } from '../runtime/command-host.ts';
import { ReplicationSetStore } from '../runtime/replication-sets.ts';
import { ServerGroupStore } from '../runtime/server-groups.ts';
import type { CommandLine } from './command-line.ts';
import { Conversation } from './conversation.ts';
import { HistoryFile } from './history-file.ts';
import { readIncluded } from './included-files.ts';
import { openServers } from './open-servers.ts';
import type { RunParts } from './run.ts';
import { readText, writeText } from './script-file.ts';

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly interactive: boolean;
}

const historyLinesMax = 1000;

export async function repl(
  home: string,
  parts: RunParts,
  terminal: Terminal,
  commandLine: CommandLine,
): Promise<number> {
  const { out, note } = commandLine;
  const servers = await openServers({
    home,
    clock: parts.clock,
    make: parts.makeEmbedded,
    note,
    onEvent: (server, event) => {
      if (event.severity !== 'information') note(`${server}: ${event.severity} ${event.id}: ${event.message}`);
    },
  });
  try {
    const storage = await parts.openStorage(home);
    const host = new CommandHost({
      directory: servers.directory,
      replicationSets: new ReplicationSetStore(storage),
      serverGroups: new ServerGroupStore(storage),
      clock: parts.clock,
      readText,
      writeText,
      write: (line) => out(`  ${line}`),
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      schedulesEndWithRun: servers.embedded,
    });
    const session = new ReplSession({
      host,
      clock,
      read: readIncluded,
      liveNames: () => liveNames({ clock, directory, replicationSets, session: host.session }),
    });
    const history = new HistoryFile(home, news);
    return await new Conversation({ session, screen, terminal, history, commandLine }).hold();
  } finally {
    await servers.stop();
  }
}

async function converse(
  session: ReplSession,
  home: string,
  { input, output, interactive }: Terminal,
  commandLine: CommandLine,
): Promise<number> {
  const historyFile = join(home, 'history');
  const reader = createInterface({
    input,
    output,
    terminal: interactive,
    prompt: session.prompt,
    history: interactive ? await readHistory(historyFile) : [],
    historySize: historyLinesMax,
    removeHistoryDuplicates: true,
    completer: (line: string) => {
      const { candidates, start } = session.complete(line);
      return [[...candidates], line.slice(start)];
    },
  });
  let history: readonly string[] = [];
  reader.on('history', (lines: readonly string[]) => {
    history = lines;
  });
  const cancel = (): void => {
    if (!session.cancel() && interactive) commandLine.note('\nQUIT or Ctrl-D ends the session.');
    reader.setPrompt(session.prompt);
    reader.prompt();
  };
  reader.on('SIGINT', cancel);
  commandLine.interruption.addEventListener('abort', () => {
    session.cancel();
    reader.close();
  });
  if (interactive) reader.prompt();
  try {
    for await (const line of reader) {
      const exitCode = await answer(session, line, commandLine);
      if (exitCode !== undefined) return exitCode;
      reader.setPrompt(session.prompt);
      if (interactive) reader.prompt();
    }
    return exitCodes.success;
  } finally {
    reader.close();
    if (interactive) await writeHistory(historyFile, history, commandLine);
  }
}

/** The exit code when the line ended the session. */
async function answer(session: ReplSession, line: string, { out, note }: CommandLine): Promise<number | undefined> {
  const result = await session.feed(line);
  switch (result.kind) {
    case 'more':
      return undefined;
    case 'done':
      for (const one of result.text === '' ? [] : result.text.split('\n')) note(one);
      return undefined;
    case 'save':
      await saveScript(result.path, result.text, out, note);
      return undefined;
    case 'quit':
      return result.exitCode;
  }
}

async function saveScript(
  path: string,
  text: string,
  out: CommandLine['out'],
  note: CommandLine['note'],
): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    out(`  Saved in ${path}`);
  } catch (error) {
    for (const line of failureLines(asFailure(error, 'save the session', path))) note(line);
  }
}

async function readHistory(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  } catch {
    // There is none before the first session.
    return [];
  }
}

async function writeHistory(file: string, history: readonly string[], { note }: CommandLine): Promise<void> {
  const kept = history.filter((line) => !/\blog(?:in|on)\b/i.test(line));
  if (kept.length === 0) return;
  try {
    await writeFile(file, `${kept.join('\n')}\n`, { mode: 0o600 });
  } catch (error) {
    note(`warning: the history was not kept: ${asFailure(error, 'write', file).reason}`);
  }
}
