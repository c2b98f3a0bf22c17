// Checks changes of names that are to be made later, such as at a failover. Nothing is changed. A change that a server
// would refuse now is refused; when no server can tell, the caller gets the reason.
import { Failure } from '../../base/failure.ts';
import type { DnsChange } from '../../model/report.ts';
import type { NameServer, NameService } from '../../ports/name-service.ts';
import { mapAddress } from './dns-mapping.ts';
import { noServer } from './dns-update.ts';

export interface UncheckedChange {
  readonly change: DnsChange;
  readonly reason: string;
}

export interface DnsCheckParts {
  readonly names: NameService;
  /** The servers that hold a name. Each function opens the key of its server, and may fail. */
  readonly serversOf: (name: string) => readonly (() => NameServer)[];
}

/** Failures that lie in the change itself; after any other failure the same change may succeed later. */
const refusals: ReadonlySet<string> = new Set(['DNS-ADDRESS-UNCLEAR', 'DNS-ADDRESS-UNKNOWN', 'DNS-BAD-RECORD']);

/** Rejects when one server refuses, whatever the others answer. The changes of one name are checked in order. */
export async function checkChanges(
  parts: DnsCheckParts,
  changes: readonly DnsChange[],
): Promise<readonly UncheckedChange[]> {
  const byName = Map.groupBy(changes, ({ name }) => name.toLowerCase());
  const checked = await Promise.all([...byName.values()].map((ofName) => checkName(parts, ofName)));
  return checked.flat();
}

async function checkName(
  { names, serversOf }: DnsCheckParts,
  [first, ...others]: readonly DnsChange[],
): Promise<readonly UncheckedChange[]> {
  if (first === undefined) return [];
  const servers = serversOf(first.name);
  const answers = await Promise.all(servers.map((server) => whyNot(names, server, [first, ...others])));
  const refusal = answers.find((answer) => answer !== undefined && refusals.has(answer.code));
  if (refusal !== undefined) throw refusal;
  const unknown = servers.length === 0 ? noServer(first.name) : answers.find((answer) => answer !== undefined);
  return unknown === undefined ? [] : [{ change: first, reason: unknown.reason }];
}

async function whyNot(
  names: NameService,
  server: () => NameServer,
  changes: readonly [DnsChange, ...DnsChange[]],
): Promise<Failure | undefined> {
  const [{ name }] = changes;
  try {
    let present: readonly string[] = (await names.query(server(), name, 'A')).map(({ value }) => value);
    for (const change of changes) present = mapAddress(present, change).addresses;
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
}
