// Names that people give: to servers, accounts, jobs, replication sets, snapshots, monitors, schedules, tasks, credentials.
// One rule for all of them, held at every boundary where a name is made; what was named before is still found.
//
// A name is said on one line of a log, a table and an event, and must not look like something else there: no control
// characters, line or paragraph separators, or characters that turn the direction of writing; it is no path: no slash of
// either kind. It may have spaces inside.
//
// A server's name is narrower (guide, chapter 2): ASCII, unique among all servers (letter case does not tell two apart), and a
// fully qualified name must not begin with a digit, because it would be read as an IP address. At most 64 characters, the
// upper bound of a certificate's common name (RFC 5280, appendix A.1).
import { Failure } from './failure.ts';

const nameLengthMax = 128;
const forbidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;
const serverShape = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/;

/** Why the text cannot be a name, or undefined when it can. */
export function nameFault(text: string): string | undefined {
  if (text === '' || text.length > nameLengthMax) return `a name has 1 to ${nameLengthMax} characters`;
  if (forbidden.test(text)) return 'a name has no line feeds and no other control characters';
  if (/[/\\]/.test(text)) return 'a name has no slashes';
  if (text !== text.trim()) return 'a name neither begins nor ends with a space';
  return undefined;
}

/** Throws `NAME-INVALID` when the text cannot be a name. `what` says what is named, as in `the account`. */
export function checkName(text: string, what: string): void {
  const fault = nameFault(text);
  if (fault === undefined) return;
  throw new Failure({
    code: 'NAME-INVALID',
    operation: `name ${what}`,
    subject: JSON.stringify(text.slice(0, nameLengthMax)),
    reason: fault,
    hint: 'Choose another name.',
  });
}

/** Why the text cannot name a server, or undefined when it can. */
export function serverNameFault(name: string): string | undefined {
  if (!serverShape.test(name) || name.includes('..')) {
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
