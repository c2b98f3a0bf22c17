// `understudy repl`: the prompt of a home, on a terminal or for lines from a pipe.
import { liveNames } from '../../repl/live-names.ts';
import { ReplSession } from '../../repl/repl-session.ts';
import { notConfirmed } from '../../runtime/commands/danger.ts';
import { CommandHost } from '../../runtime/script/command-host.ts';
import { ReplicationSetStore } from '../../runtime/stores/replication-sets.ts';
import { ServerGroupStore } from '../../runtime/stores/server-groups.ts';
import type { CommandLine } from '../command-line.ts';
import { Conversation } from '../prompt/conversation.ts';
import { HistoryFile } from '../prompt/history-file.ts';
import { isHere, localPaths } from '../prompt/local-paths.ts';
import { Screen, type Terminal } from '../prompt/screen.ts';
import { readIncluded } from '../scripts/included-files.ts';
import { readText, writeText } from '../scripts/script-file.ts';
import { openServers } from '../servers/open-servers.ts';
import type { RunParts } from './run.ts';

export async function repl(
  home: string,
  parts: RunParts,
  terminal: Terminal,
  commandLine: CommandLine,
): Promise<number> {
  const screen = new Screen(terminal, commandLine);
  const news = (line: string): void => screen.news(line);
  let conversation: Conversation | undefined;
  const confirm = async (question: string) => conversation?.confirm(question);
  const meant = async (command: string, effect: string): Promise<boolean> => {
    const answer = await confirm(`${command}: ${effect}. Go on?`);
    if (answer !== undefined) return answer;
    throw notConfirmed(command, 'more was typed already, so nobody could be asked', 'type it alone, and answer y');
  };
  const servers = await openServers({
    home,
    clock: parts.clock,
    make: parts.makeEmbedded,
    note: news,
    ...(terminal.interactive ? { confirm } : {}),
    onEvent: (server, event) => {
      if (event.severity !== 'information') news(`${server}: ${event.severity} ${event.id}: ${event.message}`);
    },
  });
  try {
    const { clock } = parts;
    const { directory } = servers;
    const scripts = await parts.loadScripts?.();
    const machine = await parts.loadMachine?.();
    const storage = await parts.openStorage(home);
    const replicationSets = new ReplicationSetStore(storage);
    const progress = screen.progress(clock);
    const host = new CommandHost({
      directory,
      replicationSets,
      serverGroups: new ServerGroupStore(storage),
      clock,
      readText,
      writeText,
      write: (line) => screen.out(`  ${line}`),
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      schedulesEndWithRun: servers.embedded,
      ...(scripts === undefined ? {} : { scripts }),
      ...(machine === undefined ? {} : { machine }),
      ...(terminal.interactive ? { confirm: meant } : {}),
      ...(progress === undefined ? {} : { progress }),
    });
    const session = new ReplSession({
      host,
      clock,
      read: readIncluded,
      liveNames: () => liveNames({ clock, replicationSets, session: host.session }),
      paths: async (written, place) => {
        const { sourceName: source, targetName: target } = host.session;
        const chosen = { embedded: servers.embedded, own: directory.ownName, source, target };
        return isHere(place, chosen) ? localPaths(written, { absolute: place !== 'here' }) : [];
      },
    });
    const history = new HistoryFile(home, news);
    conversation = new Conversation({ session, screen, terminal, history, commandLine });
    return await conversation.hold();
  } finally {
    await servers.stop();
  }
}
