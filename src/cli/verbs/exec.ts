// `understudy exec LINE…`: a script on the command line, one line in each argument, against the servers of the home, as
// `run` does with a file. A command that cannot simply be taken back is asked about on a terminal; elsewhere it needs
// --yes, because it was not read again as a script is.

import { readScript } from '../../language/reading/script-reading.ts';
import { literalSecrets } from '../../language/reading/secret-ranges.ts';
import { notConfirmed } from '../../runtime/commands/danger.ts';
import { type CommandLine, UsageError } from '../command-line.ts';
import { type RunParts, type RunRequest, run } from './run.ts';

export interface ExecRequest extends Pick<RunRequest, 'home' | 'json' | 'stay' | 'budgets' | 'allowance'> {
  /** Names the script in messages and in the journal. */
  readonly title: string;
  readonly lines: readonly string[];
  /** Nothing is asked. */
  readonly yes: boolean;
}

/** The exit codes of `run`. A UsageError for a secret among the words. */
export async function exec(request: ExecRequest, parts: RunParts, commandLine: CommandLine): Promise<number> {
  const { title, lines, yes, ...rest } = request;
  const text = `${lines.join('\n')}\n`;
  if (literalSecrets(readScript(title, text)).length > 0) {
    const advice = 'write a script with PARAM $NAME AS secret, and give run --NAME-file FILE';
    throw new UsageError(`a secret on the command line can be seen by every account of this machine; ${advice}`);
  }
  const asking = yes ? {} : { confirm: confirming(commandLine) };
  return run({ ...rest, file: title, text, parameters: {}, ...asking }, parts, commandLine);
}

function confirming({ ask }: CommandLine): NonNullable<RunRequest['confirm']> {
  return async (command, effect) => {
    if (ask === undefined) {
      throw notConfirmed(
        command,
        'it cannot be taken back, and nobody can be asked here',
        'say that it is meant: --yes',
      );
    }
    return /^\s*y(?:es)?\s*$/i.test((await ask(`${command}: ${effect}. Go on? [y/N] `)) ?? '');
  };
}
