// The command line of this process: its two outputs, its signals, its environment.
//
// The first SIGINT or SIGTERM asks the verb to come to an end; the second ends the process at once. Only a verb that
// looks at `interruption` is asked: for the others a signal has its usual effect.
import { type CommandLine, exitCodes } from './command-line.ts';

export function systemCommandLine(): CommandLine {
  let interruption: AbortSignal | undefined;
  for (const stream of [process.stdout, process.stderr]) {
    // When the reader of a pipe has gone, the rest of the output is dropped, and the work goes on.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    environment: process.env,
    ...(process.stdin.isTTY ? { readSecret } : {}),
    get interruption() {
      interruption ??= signalled();
      return interruption;
    },
  };
}

async function readSecret(question: string): Promise<string> {
  const { promptSecret } = await import('./prompt/secret-prompt.ts');
  return promptSecret(question, { input: process.stdin, output: process.stderr });
}

function signalled(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}
