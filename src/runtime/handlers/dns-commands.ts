// DNS SERVER ADD, DNS UPDATE: done by the target, which must work when the source is gone.
import { CommandError, commandErrorCodes } from '../../language/host.ts';
import { none } from '../../language/value.ts';
import type { CommandArguments } from '../command-arguments.ts';
import type { CommandContext, CommandHandlers } from '../command-context.ts';
import type { DnsServerSpecification } from '../server.ts';
import { defaultTtlMs } from './task-commands.ts';

const algorithms = ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const;
const dnsPort = 53;

export const dnsHandlers: CommandHandlers = {
  'dns.server.add': async (given, context) => {
    const address = given.text('address');
    const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(address);
    const host = match?.[1] ?? match?.[2];
    if (host === undefined) throw invalid(`${address} is no address`, 'write host, or host:port');
    await (await context.session.target()).addDnsServer({
      name: address,
      host,
      port: match?.[3] === undefined ? dnsPort : Number(match[3]),
      zones: given.texts('zone').map((zone) => zone.replace(/\.$/, '')),
      key: await keyOf(given, context),
    });
    return none;
  },

  'dns.update': async (given, { session, write }) => {
    const name = given.text('name').replace(/\.$/, '');
    const address = given.text('address');
    const ttlSeconds = Math.round((given.optionalDurationMs('ttl') ?? defaultTtlMs) / 1000);
    await (await session.target()).updateDns({ name, address, ttlSeconds });
    write(`${name} now points to ${address}, with a TTL of ${ttlSeconds} seconds`);
    return none;
  },
};

async function keyOf(given: CommandArguments, { readText }: CommandContext): Promise<DnsServerSpecification['key']> {
  const name = given.optionalText('key');
  const file = given.optionalText('secretfile');
  if (given.optionalText('credential') !== undefined) {
    throw invalid('there are no stored credentials yet', 'give the key with SECRETFILE "path"');
  }
  if (name === undefined && file === undefined) return null;
  if (name === undefined || file === undefined)
    throw invalid('KEY and SECRETFILE belong together', 'give both or none');
  const algorithm = algorithms.find((one) => one === given.text('algorithm').toLowerCase());
  if (algorithm === undefined) throw invalid('the algorithm is not known', `known are: ${algorithms.join(', ')}`);
  const secret = (await readText(file)).trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(secret)) {
    throw invalid(`the file ${file} does not hold a key in base64`, 'it must hold the secret alone, as in a BIND key');
  }
  return { name, algorithm, secret };
}

function invalid(message: string, hint: string): CommandError {
  return new CommandError(commandErrorCodes.invalidParameter, message, hint);
}
