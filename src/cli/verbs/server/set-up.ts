// What a server is set up with: from flags, checked, or asked for on a terminal, one question after another.
import { posix } from 'node:path';
import { formatHostPort, parseHostPort } from '../../../base/addresses/host-port.ts';
import { asFailure } from '../../../base/failure.ts';
import { serverNameFault } from '../../../base/given-names.ts';
import { isWithin, withoutDots } from '../../../base/raw-path.ts';
import { type CommandLine, UsageError } from '../../command-line.ts';
import type { Machine } from '../../servers/reaching.ts';

export interface Answers {
  readonly name: string;
  /** HOST:PORT. */
  readonly listen: string;
  /** null: on the socket of the home alone. */
  readonly api: string | null;
  /** Absolute paths, without dots and without a slash at the end. */
  readonly replicas: readonly string[];
}

/** What flags say, as it was typed; `none` as the API is null. */
export interface GivenAnswers {
  readonly name?: string | undefined;
  readonly listen?: string | undefined;
  readonly api?: string | undefined;
  readonly replicas: readonly string[];
}

const usualPort = 6320;
/** Between the ports of links and of the API. */
const portStep = 5;

/** Undefined when the flags do not say enough; a UsageError for a flag that is wrong. */
export function answersOf({ name, listen, api, replicas }: GivenAnswers, home: string): Answers | undefined {
  const rightly = <Result>(flag: string, text: string, read: (text: string) => Result): Result => {
    try {
      return read(text);
    } catch (error) {
      throw new UsageError(`${flag} ${text}: ${faultOf(error)}`);
    }
  };
  const right = {
    name: name === undefined ? undefined : rightly('--name', name, readName),
    listen: listen === undefined ? undefined : rightly('--listen', listen, readAddress),
    api: api === undefined ? null : rightly('--api', api, (text) => readApi(text, listen)),
    replicas: replicas.map((one) => rightly('--replicas', one, (text) => readFolder(text, home))),
  };
  if (right.name === undefined || right.listen === undefined) return undefined;
  return { ...right, name: right.name, listen: right.listen };
}

interface Asking {
  readonly home: string;
  readonly machine: Machine;
  readonly ask: NonNullable<CommandLine['ask']>;
  readonly note: CommandLine['note'];
}

/** Asks for what was not given; undefined when the person gives up. */
export async function askFor(given: GivenAnswers, asking: Asking): Promise<Answers | undefined> {
  const { home, machine, note } = asking;
  note('This sets up the server of this home. Enter takes what stands in brackets, Ctrl-C leaves everything as it is.');
  const name = given.name ?? (await question('Name of this server', nameOf(machine), readName, asking));
  if (name === undefined) return undefined;
  const usual = formatHostPort({ host: machine.address ?? '127.0.0.1', port: usualPort });
  const listen = given.listen ?? (await question('Address for links of other servers', usual, readAddress, asking));
  if (listen === undefined) return undefined;
  const { host, port } = parseHostPort(listen);
  const beside = formatHostPort({ host, port: port + portStep });
  const readOther = (text: string): string | null => readApi(text, listen);
  const apiQuestion = 'Address of the API for scripts of paired servers, or none';
  const api = given.api === undefined ? await question(apiQuestion, beside, readOther, asking) : readOther(given.api);
  if (api === undefined) return undefined;
  const replicas = given.replicas.length > 0 ? given.replicas : await askForFolders(asking);
  const answers = replicas && answersOf({ name, listen, api: api ?? 'none', replicas }, home);
  if (answers === undefined) return undefined;
  for (const line of summary(answers)) note(line);
  return (await asking.ask('Write it? [Y/n] '))?.match(/^\s*(?:y(?:es)?)?\s*$/i) ? answers : undefined;
}

async function askForFolders(asking: Asking): Promise<readonly string[] | undefined> {
  const folders: string[] = [];
  for (;;) {
    const words = folders.length === 0 ? 'Folder for replicas of other servers' : 'One more folder';
    const read = (text: string): string => (text === 'none' ? text : readFolder(text, asking.home));
    const folder = await question(words, 'none', read, asking);
    if (folder === undefined) return undefined;
    if (folder === 'none') return folders;
    folders.push(folder);
  }
}

async function question<Result>(
  words: string,
  usual: string,
  read: (text: string) => Result,
  { ask, note }: Asking,
): Promise<Result | undefined> {
  for (;;) {
    const answer = await ask(`${words} [${usual}]: `);
    if (answer === undefined) return undefined;
    try {
      return read(answer.trim() === '' ? usual : answer.trim());
    } catch (error) {
      note(`  ${faultOf(error)}`);
    }
  }
}

function summary({ name, listen, api, replicas }: Answers): string[] {
  return [
    `  name              ${name}`,
    `  links             ${listen}`,
    `  API               ${api ?? 'on the socket of the home alone'}`,
    `  replicas          ${replicas.length === 0 ? 'nowhere: it takes none' : `below ${replicas.join(', ')}`}`,
    '  tasks             off',
  ];
}

/** The first label of the machine's own name, or what of it can name a server. */
function nameOf({ hostName }: Machine): string {
  const label = hostName.split('.')[0] ?? '';
  return serverNameFault(label) === undefined ? label : 'server';
}

/** Why an answer cannot be taken. */
class Fault extends Error {}

function faultOf(error: unknown): string {
  return error instanceof Fault ? error.message : asFailure(error, 'read', 'the answer').reason;
}

function readName(text: string): string {
  const fault = serverNameFault(text);
  if (fault !== undefined) throw new Fault(fault);
  return text;
}

function readAddress(text: string): string {
  if (parseHostPort(text).port === 0) throw new Fault('other servers must know the port, so it cannot be 0');
  return text;
}

function readApi(text: string, listen: string | undefined): string | null {
  if (text === 'none') return null;
  if (text === listen) throw new Fault('links are accepted there; the API needs a port of its own');
  return readAddress(text);
}

function readFolder(text: string, home: string): string {
  if (!text.startsWith('/')) throw new Fault('it must be an absolute path, such as /srv/replicas');
  const folder = withoutDots(text);
  if (folder === undefined) throw new Fault('it contains ..; write where it leads instead');
  if (folder === '/') throw new Fault('a replica could then be anywhere on the whole machine');
  const own = posix.resolve(home);
  if (isWithin(folder, own) || isWithin(own, folder)) {
    throw new Fault(`the home folder ${home} and this one lie in each other`);
  }
  return folder;
}
