// Reads the key for signed DNS updates (TSIG) from the text of a file. The text is the output of BIND's `tsig-keygen
// NAME`: `key "NAME" { algorithm hmac-sha256; secret "…"; };`, or the secret alone, in base64.
//
// A secret belongs in a file that others cannot read, not in a script. Failures are KEY-FILE and never show a secret.
import { Failure } from '../../base/failure.ts';
import { keyAlgorithms } from '../../model/dns-server.ts';
import type { NameServer } from '../../ports/name-service.ts';

type Key = NonNullable<NameServer['key']>;

/** From a file with the secret alone, the name and the algorithm are missing. */
export type KeyText = Key | Pick<Key, 'secret'>;

const base64Shape = /^[A-Za-z0-9+/]+={0,2}$/;

/** The first key of the text. `subject` names the text in failures. */
export function parseKeyText(text: string, subject: string): KeyText {
  const trimmed = text.trim();
  if (base64Shape.test(trimmed)) return { secret: trimmed };
  const withoutComments = text.replaceAll(/\/\*[\s\S]*?\*\/|(?:#|\/\/(?=\s)).*$/gm, '');
  const statement = /\bkey\s+"?([^\s"{]+)"?\s*\{([^}]*)\}/.exec(withoutComments);
  const [, name, body] = statement ?? [];
  if (name === undefined || body === undefined) {
    throw unreadable(subject, 'it has neither a statement key "NAME" { … }; nor a secret alone in base64');
  }
  const written = /\balgorithm\s+"?([A-Za-z0-9-]+)"?\s*;/.exec(body)?.[1];
  const algorithm = keyAlgorithms.find((supported) => supported === written?.toLowerCase());
  if (algorithm === undefined) {
    const supported = keyAlgorithms.join(', ');
    throw unreadable(subject, `its algorithm is ${written ?? 'not given'}; these are supported: ${supported}`);
  }
  const secret = /\bsecret\s+"?([^\s";]+)"?\s*;/.exec(body)?.[1];
  if (secret === undefined || !base64Shape.test(secret)) throw unreadable(subject, 'it has no secret in base64');
  return { name, algorithm, secret };
}

function unreadable(subject: string, reason: string): Failure {
  return new Failure({
    code: 'KEY-FILE',
    operation: 'read a DNS key',
    subject,
    reason,
    hint: 'make a key with: tsig-keygen understudy-key',
  });
}
