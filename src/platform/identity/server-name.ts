// Names of servers: what scripts say, what certificates carry, what trust is kept under.
//
// Rules (guide, chapter 2): ASCII, unique among all servers (letter case does not tell two servers apart), and a fully
// qualified name must not begin with a digit, because it would be read as an IP address. At most 64 characters, the upper
// bound of a certificate's common name (RFC 5280, appendix A.1).

import { Failure } from '../../base/failure.ts';

const shape = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/;

/** Why the text cannot name a server, or undefined when it can. */
export function serverNameFault(name: string): string | undefined {
  if (!shape.test(name) || name.includes('..')) {
    return 'a server name has 1 to 64 ASCII letters, digits, hyphens, underscores and dots, and begins and ends with a letter or digit';
  }
  if (name.includes('.') && /^[0-9]/.test(name)) return 'a fully qualified server name must not begin with a digit';
  return undefined;
}

/** Throws `SERVER-NAME` when the text cannot name a server. */
export function checkServerName(name: string): void {
  const fault = serverNameFault(name);
  if (fault === undefined) return;
  throw new Failure({ code: 'SERVER-NAME', operation: 'name a server', subject: name, reason: fault });
}

export function sameServerName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
