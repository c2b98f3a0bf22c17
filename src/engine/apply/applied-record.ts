// `applied.json`: the last checkpoint of a replica (DESIGN.md). Unknown versions are refused, not guessed at.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { Storage } from '../../ports/storage.ts';
import type { Place } from './apply-report.ts';
import type { Identity } from './replica/identity.ts';

/** The object that a rename or link was about to move or to link when the checkpoint was made; none if there was none. */
export interface Intent {
  /** Of the operation, in the target queue. */
  readonly index: number;
  readonly object: Identity | undefined;
}

export interface AppliedRecord {
  /** undefined: nothing of any stream is applied yet. */
  readonly place: Place | undefined;
  readonly intents: readonly Intent[];
}

const version = 1;

const schema = z.object({
  version: z.literal(version),
  place: z
    .object({
      stream: z.string(),
      sequence: z.int().nonnegative(),
      checksum: z.string().regex(/^\d{1,20}$/),
      index: z.int(),
    })
    .nullable(),
  intents: z.array(z.object({ index: z.int(), object: z.string().nullable() })),
});

export function encodeAppliedRecord({ place, intents }: AppliedRecord): Buffer {
  const stored: z.infer<typeof schema> = {
    version,
    place: place
      ? {
          stream: place.position.streamId,
          sequence: place.position.sequence,
          checksum: String(place.position.checksum),
          index: place.index,
        }
      : null,
    intents: intents.map(({ index, object }) => ({ index, object: object ?? null })),
  };
  return Buffer.from(`${JSON.stringify(stored)}\n`);
}

/** What is stored in a job's folder; undefined when nothing is. Throws as `decodeAppliedRecord`. */
export async function readAppliedRecord(storage: Storage, folder: string): Promise<AppliedRecord | undefined> {
  const name = appliedRecordName(folder);
  const bytes = await storage.read(name);
  return bytes && decodeAppliedRecord(bytes, name);
}

export function appliedRecordName(folder: string): string {
  return `${folder}/applied.json`;
}

/** Throws Failure APPLIED-UNREADABLE or APPLIED-NEWER. */
export function decodeAppliedRecord(bytes: Buffer, name: string): AppliedRecord {
  const refuse = (code: string, reason: string, hint: string): never => {
    throw new Failure({ code, operation: 'read how far the replica is', subject: name, reason, hint });
  };
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    return refuse('APPLIED-UNREADABLE', 'it is not JSON', 'delete the job and create it again: it will mirror');
  }
  const found = z.object({ version: z.int() }).safeParse(json).data?.version;
  if (found !== undefined && found > version) {
    return refuse(
      'APPLIED-NEWER',
      `it has version ${found}, this program knows ${version}`,
      'install the newer program',
    );
  }
  const { data, error } = schema.safeParse(json);
  if (error) {
    return refuse('APPLIED-UNREADABLE', z.prettifyError(error), 'delete the job and create it again: it will mirror');
  }
  return {
    place: data.place
      ? {
          position: {
            streamId: data.place.stream,
            sequence: data.place.sequence,
            checksum: BigInt(data.place.checksum),
          },
          index: data.place.index,
        }
      : undefined,
    intents: data.intents.map(({ index, object }) => ({
      index,
      object: (object ?? undefined) as Identity | undefined,
    })),
  };
}
