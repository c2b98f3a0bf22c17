// `understudy init`: sets up the server of a home. On a terminal it asks for what no flag has said; without one, and
// with --yes, it asks nothing. It writes `server.json` and nothing else, never over one that is there, and says what
// comes next: the firewall, the start, the pairing. Tasks stay off.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../../base/failure.ts';
import { homeWords, shellWord, startHint } from '../../../base/home-hints.ts';
import { loadIdentity } from '../../../platform/identity/identity.ts';
import { lockHome } from '../../../platform/storage/home-lock.ts';
import {
  configurationFileName,
  configurationText,
  defaultConfiguration,
  type ServerConfiguration,
} from '../../../runtime/stores/configuration.ts';
import { type CommandLine, exitCodes, UsageError } from '../../command-line.ts';
import { writeText } from '../../scripts/script-file.ts';
import {
  addressForOthers,
  firewallLines,
  isForThisMachineAlone,
  type Machine,
  pairingCommand,
} from '../../servers/reaching.ts';
import { type Answers, answersOf, askFor, type GivenAnswers } from './set-up.ts';

export interface InitRequest extends GivenAnswers {
  readonly home: string;
  /** Nothing is asked, even on a terminal. */
  readonly yes: boolean;
}

/** Fails with `CONFIGURATION-THERE`, and names every flag that is missing where nobody can be asked. */
export async function initialise(request: InitRequest, machine: Machine, commandLine: CommandLine): Promise<number> {
  const { home, yes } = request;
  if (existsSync(join(home, configurationFileName))) throw setUpAlready(home, commandLine);
  const known = (await loadIdentity(home))?.name;
  const given = known === undefined ? request : { ...request, name: request.name ?? known };
  const { ask, note } = commandLine;
  // First of all, so that a flag that is wrong is said before anything is asked.
  let answers = answersOf(given, home);
  const isAsking = ask !== undefined && !yes;
  if (answers === undefined && !isAsking) throw incomplete(given);
  if (isAsking) answers = await askFor(given, { home, machine, ask, note });
  if (answers === undefined) {
    note('Nothing was written.');
    return exitCodes.interrupted;
  }
  if (known !== undefined && known !== answers.name) {
    throw new UsageError(
      `--name ${answers.name}: this home belongs to the server ${known}, and paired servers know it`,
    );
  }
  await writeNew(home, configurationOf(answers), commandLine);
  for (const line of whatComesNext(home, answers, machine, commandLine)) commandLine.out(line);
  return exitCodes.success;
}

function configurationOf({ name, listen, api, replicas }: Answers): ServerConfiguration {
  const usual = defaultConfiguration(name);
  return { ...usual, listen, api, targets: { ...usual.targets, allowedRoots: [...replicas] } };
}

/** Under the lock of the home, so that no server starts meanwhile and writes its own. */
async function writeNew(home: string, configuration: ServerConfiguration, commandLine: CommandLine): Promise<void> {
  const lock = lockHome(home, configuration.name);
  try {
    await writeText(join(home, configurationFileName), configurationText(configuration));
  } catch (error) {
    throw error instanceof Failure && error.code === 'EEXIST' ? setUpAlready(home, commandLine) : error;
  } finally {
    lock.release();
  }
}

function whatComesNext(home: string, answers: Answers, machine: Machine, { environment }: CommandLine): string[] {
  const { name, listen, api, replicas } = answers;
  const words = homeWords(home, environment);
  const addresses = api === null ? [listen] : [listen, api];
  const open = addresses.filter((one) => !isForThisMachineAlone(one));
  const missing = replicas.filter((one) => !existsSync(one)).map(shellWord);
  const steps: readonly (readonly string[])[] = [
    missing.length === 0 ? [] : ['Make the folders for replicas:', `  mkdir -p ${missing.join(' ')}`],
    open.length === 0
      ? ['Only this machine can reach it, so the firewall needs no line.']
      : [
          'Let other servers through the firewall; with nft, or with ufw:',
          ...firewallLines(open).map((one) => `  ${one}`),
        ],
    ['Start it:', `  ${startCommand(home, name, words)}`],
    [
      'Pair it with another server. Here, for a one-time code:',
      `  understudy pair${words}`,
      'and there, with the code that this prints (and --home DIR, where its home is not the default one):',
      `  ${pairingCommand(addressForOthers(listen, machine), 'CODE')}`,
    ],
  ];
  const numbered = steps
    .filter((step) => step.length > 0)
    .flatMap(([first, ...rest], index) => [`${index + 1}. ${first}`, ...rest.map((line) => `   ${line}`)]);
  return [
    `The server ${name} is set up in ${join(home, configurationFileName)}. It runs no tasks until that file says so (docs/configuration.md).`,
    '',
    ...numbered,
  ];
}

/** The unit of the packages serves the homes in its folder (packaging/understudy@.service). */
export function startCommand(home: string, name: string, words: string): string {
  return home === join('/var/lib/understudy', name)
    ? `systemctl enable --now understudy@${name}`
    : `understudy serve${words}`;
}

function setUpAlready(home: string, { environment }: CommandLine): Failure {
  return new Failure({
    code: 'CONFIGURATION-THERE',
    operation: 'set up a server',
    subject: join(home, configurationFileName),
    reason: 'it is set up already',
    hint: `change the file by hand, or name another home: --home DIR. To run what it says, ${startHint(home, environment)}`,
  });
}

function incomplete({ name, listen }: GivenAnswers): UsageError {
  const flags = [
    ...(name === undefined ? ['--name NAME'] : []),
    ...(listen === undefined ? ['--listen HOST:PORT'] : []),
  ];
  return new UsageError(`init needs ${flags.join(' and ')}, because nothing is asked here`);
}
