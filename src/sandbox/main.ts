// The process of a JavaScript task: it gives up its rights, says that it is ready, and runs one task. It ends with the
// server that started it: when its input closes it kills itself, whatever its isolate is doing.
//
// Nothing may import this file: src/platform/javascript starts it as a process.
import process from 'node:process';
import { encodeFrame, FrameReader, type FromSandbox } from '../base/sandbox-protocol.ts';
import { parseMessage } from './server-messages.ts';
import { checkTask, TaskIsolate } from './task-isolate.ts';

/** The number of `nobody` and `nogroup` on every Linux. */
const nobody = 65_534;

dropRights();
let isolate: TaskIsolate | undefined;
const reader = new FrameReader();
process.stdin.on('data', (piece: Buffer) => {
  for (const message of reader.take(piece)) receive(message);
});
process.stdin.on('end', endNow);
process.stdin.on('error', endNow);
process.stdout.on('error', endNow);
send({ type: 'ready' });

/** A task needs no rights of root. A process without root can give up nothing: it cannot even leave its groups. */
function dropRights(): void {
  if (process.geteuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(nobody);
  process.setuid?.(nobody);
  if (process.getuid?.() === 0 || process.getgid?.() === 0 || process.getgroups?.().includes(0)) endNow();
}

/** Throws for anything that is not a message, which ends the process. */
function receive(given: unknown): void {
  const message = parseMessage(given);
  switch (message.type) {
    case 'check':
      send({ type: 'checked', problems: message.tasks.map(checkTask) });
      return;
    case 'start':
      if (isolate !== undefined) throw new TypeError('a task was started before');
      isolate = new TaskIsolate(message, send);
      void isolate.run().then(send);
      return;
    case 'answer':
      isolate?.answer(message);
  }
}

/** Writes to a pipe are synchronous on Linux, so a task that sends too fast waits for its server. */
function send(message: FromSandbox): void {
  process.stdout.write(encodeFrame(message));
}

function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
