// Programs, run without a shell and as the account they are meant for.
//
// Another account is taken on by setpriv(1) of util-linux, which sets user, group and supplementary groups and then becomes
// the program: Node can set the first two, but leaves a child without the third. setpriv runs with our rights, so nothing
// it is given may come to power there: its environment is minimal, and names that steer the dynamic linker are refused.
// Whether the account may run the program is asked first, as that account, so that a refusal is ours and not an exit code.
//
// Every program leads a process group of its own, in a session without a terminal, with `/` as its working directory, without any
// of our descriptors. setpriv also asks the kernel to kill it when this process dies (PR_SET_PDEATHSIG, prctl(2)); what a program
// has started is found by its label afterwards (left-programs.ts).
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { assert, Failure } from '../../base/failure.ts';
import { rawFromText } from '../../base/raw-path.ts';
import { systemFailure } from '../../base/system-failure.ts';
import type { ProgramEnd, ProgramRequest, Programs, RunningProgram } from '../../ports/programs.ts';
import { closeDescriptorsOnExec } from '../kernel/libc.ts';
import { findLocalAccount, type LocalAccount } from '../kernel/local-accounts.ts';
import { nodeErrorName } from '../kernel/node-error-name.ts';
import { type ControlGroup, makeControlGroup } from './control-group.ts';
import { KeptOutput } from './kept-output.ts';
import { endLeftPrograms, labelVariable } from './left-programs.ts';

const togetherBytesMax = 4096;
const killTriesMax = 5;
const setprivProgram = '/usr/bin/setpriv';
const testProgram = '/usr/bin/test';
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const operation = 'start the program';

/** What glibc itself ignores in programs with special rights (sysdeps/generic/unsecvars.h), for the same reason. */
const steersLinker =
  /^(LD_|GLIBC_|GCONV_PATH|GETCONF_DIR|HOSTALIASES|LOCALDOMAIN|LOCPATH|MALLOC_|NIS_PATH|NLSPATH|RESOLV_HOST_CONF|RES_OPTIONS|TMPDIR|TZDIR)/;

export class SystemPrograms implements Programs {
  async start(request: ProgramRequest): Promise<RunningProgram> {
    const { program } = request;
    assert(program.startsWith('/'), `a program is an absolute path: ${program}`);
    const account = await accountOf(request);
    const environment = environmentOf(request, account);
    await checkProgram(program);
    const isOwn = request.account === undefined || isThisProcess(account);
    if (isOwn) await checkExecutable(program);
    const identity = isOwn ? [] : await identityArguments(account, program);
    const words = ['--pdeathsig', 'KILL', ...identity, '--', program, ...request.arguments];
    const group = request.label === undefined ? undefined : makeControlGroup(request.label);
    const child = await started(program, () => {
      closeDescriptorsOnExec();
      const process = spawn(setprivProgram, words, {
        cwd: '/',
        env: environment,
        stdio: [request.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        detached: true,
      });
      if (process.pid !== undefined) group?.add(process.pid);
      return process;
    });
    give(child, request.input);
    return running(child, group, request);
  }

  async endLeft(label: string): Promise<number> {
    return endLeftPrograms(label);
  }
}

async function accountOf({ account, program }: ProgramRequest): Promise<LocalAccount> {
  const found = await findLocalAccount(account ?? ownUserId());
  if (found !== undefined) return found;
  if (account === undefined) {
    // A process may run under a number without a name, as in a container.
    return { name: `${ownUserId()}`, userId: ownUserId(), groupId: ownGroupId(), groupIds: [], home: '/' };
  }
  throw new Failure({
    code: 'ACCOUNT-UNKNOWN',
    operation,
    subject: program,
    reason: `there is no account ${account} on this server`,
    hint: `look it up with: getent passwd ${account}`,
  });
}

function ownUserId(): number {
  return process.geteuid?.() ?? 0;
}

function ownGroupId(): number {
  return process.getegid?.() ?? 0;
}

/** That it is there, a file, and something the kernel runs by itself: what is neither would be handed to a shell. */
async function checkProgram(program: string): Promise<void> {
  try {
    if (!(await stat(program)).isFile()) throw notExecutable(program, 'it is not a regular file');
  } catch (error) {
    const code = nodeErrorName(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new Failure({ code: 'PROGRAM-MISSING', operation, subject: program, reason: 'no such file' });
    }
    if (error instanceof Failure) throw error;
    throw notExecutable(program, systemFailure(code, operation, rawFromText(program)).reason);
  }
  const beginning = await firstBytes(program);
  if (beginning === undefined || beginning.startsWith('\x7fELF')) return;
  const interpreter = /^#! *([^ \t\n]+)/.exec(beginning)?.[1];
  if (interpreter === undefined)
    throw notExecutable(program, 'it is neither a binary nor a script that begins with #!');
  await access(interpreter, constants.X_OK).catch(() => {
    throw notExecutable(program, `its interpreter ${interpreter} is not there, or cannot be executed`);
  });
}

/** The kernel looks for the interpreter's path in as many bytes (BINPRM_BUF_SIZE). */
const interpreterBytesMax = 256;

/** undefined when it may be run but not read. */
async function firstBytes(program: string): Promise<string | undefined> {
  try {
    const file = await open(program, 'r');
    const { buffer, bytesRead } = await file
      .read(Buffer.alloc(interpreterBytesMax), 0, interpreterBytesMax, 0)
      .finally(() => file.close());
    return buffer.toString('latin1', 0, bytesRead);
  } catch {
    return undefined;
  }
}

async function checkExecutable(program: string): Promise<void> {
  await access(program, constants.X_OK).catch(() => {
    throw notExecutable(program, 'this account may not execute it');
  });
}

function notExecutable(program: string, reason: string): Failure {
  const hint = `look at its mode with: ls -l ${program}`;
  return new Failure({ code: 'PROGRAM-NOT-EXECUTABLE', operation, subject: program, reason, hint });
}

/** Whether user and groups of this process are the account's, no more and no less. */
function isThisProcess(account: LocalAccount): boolean {
  const held = new Set([ownGroupId(), ...(process.getgroups?.() ?? [])]);
  const isSame = account.userId === ownUserId() && account.groupId === ownGroupId();
  return isSame && held.size === account.groupIds.length && account.groupIds.every((groupId) => held.has(groupId));
}

/** The words for setpriv that make the program run as the account. */
async function identityArguments(account: LocalAccount, program: string): Promise<string[]> {
  const identity = [
    `--reuid=${account.userId}`,
    `--regid=${account.groupId}`,
    `--groups=${account.groupIds.join(',')}`,
    '--inh-caps=-all',
  ];
  const answer = await ask([setprivProgram, ...identity, '--', testProgram, '-x', program]);
  if (answer.exitCode === 0) return identity;
  if (answer.exitCode === 1) throw notExecutable(program, `the account ${account.name} may not execute it`);
  throw new Failure({
    code: 'ACCOUNT-NOT-PERMITTED',
    operation,
    subject: program,
    reason: `this server may not run it as ${account.name}: ${answer.said.trim()}`,
    hint: 'run the server as root, or configure the account it runs under',
  });
}

function ask(words: readonly string[]): Promise<{ readonly exitCode: unknown; readonly said: string }> {
  const [file, ...rest] = words;
  return new Promise((resolve) => {
    execFile(file ?? '', rest, { cwd: '/', env: { PATH: searchPath, LANG: 'C.UTF-8' } }, (error, _, said) => {
      resolve({ exitCode: error === null ? 0 : error.code, said: said === '' && error ? error.message : said });
    });
  });
}

function environmentOf(request: ProgramRequest, account: LocalAccount): Record<string, string> {
  for (const name of Object.keys(request.environment ?? {})) {
    assert(!steersLinker.test(name), `not a name for the environment of a program: ${name}`);
  }
  const label = request.label === undefined ? {} : { [labelVariable]: request.label };
  return {
    ...request.environment,
    ...label,
    PATH: searchPath,
    HOME: account.home,
    USER: account.name,
    LANG: 'C.UTF-8',
  };
}

async function started(program: string, start: () => ChildProcess): Promise<ChildProcess> {
  try {
    const child = start();
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return child;
  } catch (error) {
    const code = nodeErrorName(error);
    // What was looked at a moment ago is refused now: its interpreter is missing, or it was just changed.
    if (code === 'ENOENT') throw notExecutable(program, 'it, or the interpreter it names, is not there');
    if (code === 'EACCES' || code === 'ENOEXEC') throw notExecutable(program, 'the system does not execute it');
    throw systemFailure(code, operation, rawFromText(program));
  }
}

function give({ stdin }: ChildProcess, input: string | undefined): void {
  // A program need not read its input, nor live until all of it has come.
  stdin?.on('error', () => undefined);
  stdin?.end(input);
}

function running(
  child: ChildProcess,
  group: ControlGroup | undefined,
  { label, outputBytesMax }: ProgramRequest,
): RunningProgram {
  const processId = child.pid;
  assert(processId !== undefined, 'a process that was spawned has a number');
  const outputs = keepOutputs(child, outputBytesMax);
  let alive = true;
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('exit', (exitCode, signal) => {
      alive = false;
      group?.remove();
      // What the program left behind may hold the outputs open for ever; they are drained, but nobody waits for them.
      // What the program itself has written is in the pipes already, and read within two turns.
      for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.unref();
      setImmediate(() => setImmediate(() => resolve({ exitCode, signal, ...outputs() })));
    });
  });
  return {
    processId,
    ended,
    kill: () => {
      // The number of a group that is gone may belong to others.
      if (!alive) return;
      group?.kill();
      try {
        process.kill(-processId, 'SIGKILL');
      } catch {
        // It ended by itself this moment.
      }
      // What has left the process group for a session of its own; one that is just starting another is met the next time.
      for (let tries = 0; label !== undefined && tries < killTriesMax && endLeftPrograms(label) > 0; tries += 1);
    },
  };
}

/** Gives what was kept until it is called. */
function keepOutputs(
  { stdout, stderr }: ChildProcess,
  bytesMax: number | undefined,
): () => Pick<ProgramEnd, 'output' | 'error' | 'cutBytes'> {
  const output = new KeptOutput(bytesMax ?? togetherBytesMax);
  const error = bytesMax === undefined ? output : new KeptOutput(bytesMax);
  output.keep(stdout);
  error.keep(stderr);
  if (error === output) return () => ({ output: output.text() });
  return () => {
    const texts = { output: output.text(), error: error.text() };
    return { ...texts, cutBytes: output.cutBytes + error.cutBytes };
  };
}
