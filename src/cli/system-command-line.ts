// The command line of this process: its two outputs, its signals, its environment.
//
// The first SIGINT or SIGTERM asks the verb to come to an end; the second ends the process at once, with the verb's last
// words. Only a verb that looks at `interruption` is asked: for the others a signal has its usual effect.
//
// Node.js makes each standard stream when it is first asked for, which is a good part of a start; so each is left alone
// until it is used.
import { type CommandLine, exitCodes } from './command-line.ts';

export function systemCommandLine(): CommandLine {
  let interruption: AbortSignal | undefined;
  let lastWords = (): void => undefined;
  return {
    out: (line) => void lasting(process.stdout).write(`${line}\n`),
    note: (line) => void lasting(process.stderr).write(`${line}\n`),
    environment: process.env,
    get readSecret() {
      return process.stdin.isTTY ? readSecret : undefined;
    },
    get ask() {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
      return (question: string) => askLine(question, this.interruption);
    },
    get lines() {
      if (!process.stderr.isTTY || process.env.TERM === 'dumb') return undefined;
      const output = lasting(process.stderr);
      return { write: (text: string) => void output.write(text), columns: () => output.columns || 80 };
    },
    get interruption() {
      interruption ??= signalled(() => lastWords());
      return interruption;
    },
    onLeaving: (say) => {
      lastWords = say;
    },
  };
}

const lastingStreams = new Set<NodeJS.WriteStream>();

/** A standard output that outlives its reader: when that has gone, the rest is dropped, and the work goes on. */
export function lasting(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (lastingStreams.has(stream)) return stream;
  lastingStreams.add(stream);
  return stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

async function readSecret(question: string): Promise<string> {
  const { promptSecret } = await import('./prompt/secret-prompt.ts');
  return promptSecret(question, { input: process.stdin, output: lasting(process.stderr) });
}

async function askLine(question: string, interruption: AbortSignal): Promise<string | undefined> {
  const { promptLine } = await import('./terminal/line-prompt.ts');
  return promptLine(question, { input: process.stdin, output: lasting(process.stderr) }, interruption);
}

function signalled(leave: () => void): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (!controller.signal.aborted) {
      controller.abort();
      return;
    }
    try {
      leave();
    } finally {
      process.exit(exitCodes.interrupted);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}
