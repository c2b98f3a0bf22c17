// The ids of monitors and schedules in handles: both servers of a connection may have one of the same name, and a handle
// may get into the block of another server, so an id holds the name of its server too.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { HandleValue } from '../../language/values/value.ts';

const shape = z
  .string()
  .transform(parsedJson)
  .pipe(z.tuple([z.string(), z.string()]));

export interface NamedThing {
  readonly server: string;
  readonly name: string;
}

export function idOf({ server, name }: NamedThing): string {
  return JSON.stringify([server, name]);
}

/** Throws `HANDLE-GONE` for an id that `idOf` did not make: a handle may come with a block, from elsewhere. */
export function namedThing({ type, id, number }: HandleValue): NamedThing {
  const found = shape.safeParse(id);
  if (found.success) return { server: found.data[0], name: found.data[1] };
  throw new Failure({
    code: 'HANDLE-GONE',
    operation: `look at the ${type}`,
    subject: `${type} ${number}`,
    reason: 'it does not say on which server it is',
    hint: `Look it up again: ${type}("name").`,
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
