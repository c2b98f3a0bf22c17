// The first words of a link, as its target takes them: the hello is read, and answered with a refusal when the server does
// not want the job. (The welcome is the job's own: target-job.ts.)
import { Failure } from '../../base/failure.ts';
import {
  decodeControl,
  encodeControl,
  helloSchema,
  refuseSchema,
  undoVersion,
  type Hello as WireHello,
  wireVersions,
} from '../../wire/control-messages.ts';
import type { Frame } from '../../wire/frame-codec.ts';
import type { Channel } from './channel.ts';

export type Hello = WireHello;

/** The hello in a link's first frame; undefined for a heartbeat, which may come before it. Throws for anything else. */
export function readHello(frame: Frame, peer: string): Hello | undefined {
  if (frame.type === 'heartbeat') return undefined;
  if (frame.type !== 'hello') {
    throw new Failure({
      code: 'FRAME-UNEXPECTED',
      operation: 'take a link',
      subject: peer,
      reason: `it began with a ${frame.type} frame instead of a hello`,
    });
  }
  return decodeControl(helloSchema, frame.payload, 'hello');
}

/** Why this program cannot speak with the sender of the hello; undefined when it can. */
export function versionTrouble({ versions: [lowest, highest] }: Hello): string | undefined {
  if (lowest <= wireVersions[1] && highest >= wireVersions[0]) return undefined;
  return `it speaks versions ${lowest} to ${highest} of the wire, here are ${wireVersions.join(' to ')}`;
}

/** The code of a refusal that passes by itself: the target is about to start the job again. */
export const jobWaiting = 'JOB-WAITING';

/** Whether the sender of the hello may ask whether a failover was undone, and understands the answer. */
export function knowsUndo({ versions: [, highest] }: Hello): boolean {
  return highest >= undoVersion;
}

/** Says no and closes the link. `epoch` is given when a newer one holds. */
export function refuseLink(channel: Channel, hello: Hello, failure: Failure, epoch: number | undefined): void {
  const { code, message: reason, hint = '' } = failure;
  const newer = epoch === undefined ? {} : { epoch };
  const version = knowsUndo(hello) ? { version: wireVersions[1] } : {};
  channel.send('refuse', encodeControl(refuseSchema, { code, reason, hint, ...newer, ...version }));
  channel.close(reason);
}
