// The refusals that a target answers a hello with, and the checks of a hello that need no job.
import { Failure } from '../../../base/failure.ts';
import { sameServerName } from '../../../base/given-names.ts';
import { type Hello, knowsUndo, versionTrouble } from '../../../engine/link/greeting.ts';
import { fencedCode, undoneCode } from '../../../engine/link/link-refusal.ts';
import { wayBackText } from '../../../model/way-back.ts';

/** `subject` is the peer, or the job. */
export function helloRefusal(server: string, code: string, subject: string, reason: string): Failure {
  const hint = code === fencedCode ? wayBackText(subject, server) : 'See `status` on both servers.';
  return new Failure({ code, operation: 'take a job', subject, reason, hint });
}

/** Throws when the hello is not for this server, or its sender is not the source of the job. */
export function checkHello(hello: Hello, peer: string, server: string): void {
  const { job: specification, jobId } = hello;
  const trouble = versionTrouble(hello);
  if (trouble !== undefined) throw helloRefusal(server, 'VERSION-UNKNOWN', peer, trouble);
  if (!sameServerName(specification.targetServer, server)) {
    const reason = `it looks for ${specification.targetServer}, this is ${server}`;
    throw helloRefusal(server, 'NOT-THIS-SERVER', peer, reason);
  }
  if (!sameServerName(specification.sourceServer, peer) || specification.jobId !== jobId)
    throw helloRefusal(server, 'NOT-THE-SOURCE', peer, `it speaks for ${specification.sourceServer}`);
}

/**
 * The refusal of a source whose epoch is older than that of an undo. A source before version 4 would not understand, so it
 * is fenced until it does.
 */
export function undone(hello: Hello, epoch: number): Failure {
  const { sourceServer, targetServer, name } = hello.job;
  const knows = knowsUndo(hello);
  return new Failure({
    code: knows ? undoneCode : fencedCode,
    operation: 'take a job',
    subject: name,
    reason: `${targetServer} had taken over and has undone that, with epoch ${epoch}`,
    hint: knows
      ? `${sourceServer} goes on by itself, with a mirror.`
      : `${sourceServer} is too old to go on by itself: install the present version there and start it.`,
  });
}
