// A TSIG key in a file, as BIND's own tools write it (`tsig-keygen NAME`): `key "NAME" { algorithm hmac-sha256; secret "…"; };`
//
// A secret belongs in a file that others cannot read, not in a script. What may go wrong: `KEY-FILE` (no such statement, or
// an algorithm that is not supported), `KEY-FILE-EXPOSED`, and errno names.

import { readFile, stat } from 'node:fs/promises';
import { Failure } from '../../base/failure.ts';
import { systemFailure } from '../identity/home-file.ts';
import type { TsigKey } from './tsig.ts';

const algorithms: readonly TsigKey['algorithm'][] = ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'];
const base64Shape = /^[A-Za-z0-9+/]+={0,2}$/;
const operation = 'read a DNS key';

/** The first key of the file. */
export async function readKeyFile(path: string): Promise<TsigKey> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if ((mode & 0o007) !== 0) {
      throw new Failure({
        code: 'KEY-FILE-EXPOSED',
        operation,
        subject: path,
        reason: 'every account of this machine can reach it',
        hint: `if nobody can have copied it: chmod o= ${path}`,
      });
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw systemFailure(error, operation, path);
  }
  return parseKeyFile(text, path);
}

/** `subject` names the text in failures. */
export function parseKeyFile(text: string, subject: string): TsigKey {
  const failure = (reason: string): Failure =>
    new Failure({ code: 'KEY-FILE', operation, subject, reason, hint: 'make a key with: tsig-keygen understudy-key' });
  const withoutComments = text.replaceAll(/\/\*[\s\S]*?\*\/|(?:#|\/\/(?=\s)).*$/gm, '');
  const statement = /\bkey\s+"?([^\s"{]+)"?\s*\{([^}]*)\}/.exec(withoutComments);
  const [, name, body] = statement ?? [];
  if (name === undefined || body === undefined) throw failure('it has no statement key "NAME" { … };');
  const written = /\balgorithm\s+"?([A-Za-z0-9-]+)"?\s*;/.exec(body)?.[1];
  const algorithm = algorithms.find((supported) => supported === written?.toLowerCase());
  if (algorithm === undefined) {
    throw failure(`its algorithm is ${written ?? 'not given'}; these are supported: ${algorithms.join(', ')}`);
  }
  const secret = /\bsecret\s+"?([^\s";]+)"?\s*;/.exec(body)?.[1];
  if (secret === undefined || !base64Shape.test(secret)) throw failure('it has no secret in base 64');
  return { name, algorithm, secret };
}
