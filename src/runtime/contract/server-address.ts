// What an address stands for where a script may name a server: HELP says "a server's name or address".
import { hostPortShape } from '../../base/addresses/host-port.ts';
import { Failure } from '../../base/failure.ts';

interface AddressedServer {
  readonly name: string;
  /** Where it can be reached, `host:port` each. */
  readonly addresses: readonly string[];
}

/** Whether the text means this machine, whatever its servers are called. */
export function isThisMachine(text: string): boolean {
  return /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[?::1\]?)$/i.test(text);
}

/** Whether the text is an IP address, perhaps with a port, and so cannot be a server's name. */
export function isAddress(text: string): boolean {
  return /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]?(?::[0-9]{1,5})?)$/.test(
    text,
  );
}

/**
 * The server that is reached at this host, or at this host and port; undefined when none is. Throws `ADDRESS-SHARED`
 * when several servers are reached at the host.
 */
export function serverAt(written: string, servers: readonly AddressedServer[]): AddressedServer | undefined {
  const wanted = written.toLowerCase();
  const found = servers.filter(({ addresses }) =>
    addresses.some((address) => [address.toLowerCase(), hostOf(address)].includes(wanted)),
  );
  if (found.length < 2) return found[0];
  throw new Failure({
    code: 'ADDRESS-SHARED',
    operation: 'find the server',
    subject: written,
    reason: `${found.map(({ name }) => name).join(' and ')} have this address`,
    hint: 'Say which by its name, or by the address with its port.',
  });
}

function hostOf(address: string): string | undefined {
  const match = hostPortShape.exec(address);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
