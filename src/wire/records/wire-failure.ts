// What a peer, or a file in the wire's formats, got wrong. It is the world's failure, never ours: the other end may be
// broken, of another version, or hostile. Whoever catches it closes the link and uses nothing of the frame.
import { Failure } from '../../base/failure.ts';

export class WireFailure extends Failure {
  /** `subject` names the piece (`record`, `frame`), `reason` what is wrong with it. */
  constructor(subject: string, reason: string) {
    super({
      code: 'FRAME-MALFORMED',
      operation: 'read what the peer sent',
      subject,
      reason,
      hint: 'both servers must run the same release; if they do, look for a broken proxy or network card between them',
    });
    this.name = 'WireFailure';
  }
}
