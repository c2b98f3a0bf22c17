// DNS SERVER ADD, LIST, REMOVE, DNS UPDATE: all on the target, because they must work when the source is gone. DNS LOOKUP asks
// from the machine of the script.

import { textTable } from '../../../base/text/text-table.ts';
import { invalidParameter } from '../../../language/values/host.ts';
import { list, none, record } from '../../../language/values/value.ts';
import { type DnsKey, keyAlgorithms } from '../../../model/dns-server.ts';
import type { LookupType } from '../../../ports/name-lookup.ts';
import { reverseNameOf } from '../../../ports/name-service.ts';
import { parseKeyText } from '../../dns/dns-key-file.ts';
import { closedMachine } from '../../machine/own-machine.ts';
import type { CommandArguments } from '../command-arguments.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';
import { dnsChangeOf } from '../operation/task-commands.ts';

const dnsPort = 53;

export const dnsHandlers: CommandHandlers = {
  'dns.server.add': async (given, context) => {
    const address = given.text('address');
    await (await context.session.target()).dns.addServer({
      name: address,
      ...placeOf(address),
      zones: given.texts('zone').map((zone) => zone.replace(/\.$/, '')),
      key: await keyOf(given, context),
    });
    return success;
  },

  'dns.server.list': async (_given, { session, write }) => {
    const reports = await (await session.target()).dns.servers();
    const rows = reports.map(({ name, zones, keyName }) => [name, zones.join(', '), keyName ?? 'none']);
    for (const line of textTable(['DNS server', 'Zones', 'Key'], rows)) write(line);
    return list(reports.map(({ name, zones, keyName }) => record({ name, zones: list(zones), key: keyName ?? none })));
  },

  'dns.server.remove': async (given, { session }) => {
    await (await session.target()).dns.removeServer(given.text('address'));
    return success;
  },

  'dns.lookup': async (given, { machine = closedMachine, signal, write, isAlone }) => {
    const [name, type, server] = [given.text('name'), given.choice<LookupType>('type'), given.optionalText('server')];
    const question = {
      name: (type === 'PTR' ? reverseNameOf(name) : undefined) ?? name,
      type,
      ...(server === undefined ? {} : { server: placeOf(server) }),
    };
    const values = inOrder(await machine.lookUp(question, signal), type);
    if (isAlone) for (const value of values) write(value);
    return list(values);
  },

  'dns.update': async (given, { session, write }) => {
    const change = dnsChangeOf(given);
    await (await session.target()).dns.update(change);
    const { name, address, from, ttlSeconds } = change;
    const place = from === undefined ? '' : ` in the place of ${from}`;
    write(`${name} now points to ${address}${place}, with a TTL of ${ttlSeconds} seconds`);
    return success;
  },
};

function placeOf(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw invalidParameter(`${address} is no address`, 'write host, or host:port');
  return { host, port: match?.[3] === undefined ? dnsPort : Number(match[3]) };
}

/** In the order of their texts; of those that begin with a priority, the lowest first. */
function inOrder(values: readonly string[], type: LookupType): readonly string[] {
  const sorted = values.toSorted();
  const hasPriority = type === 'MX' || type === 'SRV';
  return hasPriority ? sorted.toSorted((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10)) : sorted;
}

/**
 * A key file of BIND names the key and its algorithm; for a secret alone, or a credential, KEY and ALGORITHM say them.
 */
async function keyOf(given: CommandArguments, { readText }: CommandContext): Promise<DnsKey | null> {
  const name = given.optionalText('key');
  const file = given.optionalText('secretfile');
  const credential = given.optionalText('credential');
  if (file !== undefined && credential !== undefined)
    throw invalidParameter('SECRETFILE stands beside CREDENTIAL', 'give one');
  if (credential !== undefined) {
    if (name === undefined) throw invalidParameter('a credential does not name its key', 'give the name: KEY name');
    return { name, algorithm: algorithmOf(given), credential };
  }
  if (file === undefined) {
    if (name === undefined) return null;
    throw invalidParameter('KEY needs a secret', 'give the file that holds it: SECRETFILE "path", or CREDENTIAL name');
  }
  const key = parseKeyText(await readText(file), file);
  if ('name' in key) {
    if (name === undefined || name === key.name) return key;
    throw invalidParameter(
      `the file ${file} holds the key ${key.name}, not ${name}`,
      'leave out KEY, or name another file',
    );
  }
  if (name === undefined) throw invalidParameter(`the file ${file} does not name its key`, 'give the name: KEY name');
  return { name, algorithm: algorithmOf(given), secret: key.secret };
}

function algorithmOf(given: CommandArguments): DnsKey['algorithm'] {
  const algorithm = keyAlgorithms.find((one) => one === given.text('algorithm').toLowerCase());
  if (algorithm !== undefined) return algorithm;
  throw invalidParameter('the algorithm is not known', `known are: ${keyAlgorithms.join(', ')}`);
}
