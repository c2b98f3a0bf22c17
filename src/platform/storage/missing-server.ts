// Why no server answers for a home folder: it was never set up there, or it does not run. The same words wherever it
// is noticed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { setUpHint, startHint } from '../../base/home-hints.ts';

/** What is there as soon as a server was set up, and as soon as one has started. */
const traces = ['server.json', 'keys'];

export function missingServer(home: string, operation: string, code: string): Failure {
  const isSetUp = traces.some((name) => existsSync(join(home, name)));
  return new Failure({
    code,
    operation,
    subject: home,
    reason: isSetUp ? 'no server is running on this home folder' : 'there is no server in this home folder yet',
    hint: (isSetUp ? startHint : setUpHint)(home, process.env),
    retryable: isSetUp,
  });
}
