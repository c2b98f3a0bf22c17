// How other machines reach the servers of this one: the addresses that are said to people, and the lines that open a
// firewall for them.
import { hostname, networkInterfaces } from 'node:os';
import { formatHostPort, parseHostPort } from '../../base/addresses/host-port.ts';

export interface Machine {
  readonly hostName: string;
  /** Its first address on a network; absent where it has none. */
  readonly address?: string | undefined;
}

export function thisMachine(): Machine {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const outside = all.filter(({ internal, scopeid = 0 }) => !internal && scopeid === 0);
  const found = outside.find(({ family }) => family === 'IPv4') ?? outside[0];
  return { hostName: hostname(), address: found?.address };
}

/** The address under which others reach what listens there: `0.0.0.0` and `::` stand for every address of the machine. */
export function addressForOthers(listen: string, { address, hostName }: Machine): string {
  const { host, port } = parseHostPort(listen);
  return /^(?:0\.0\.0\.0|::)$/.test(host) ? formatHostPort({ host: address ?? hostName, port }) : listen;
}

export function isForThisMachineAlone(listen: string): boolean {
  return /^(?:127\.|::1$|localhost$)/i.test(parseHostPort(listen).host);
}

/** The command for the other server; `address` is where this one accepts links. */
export function pairingCommand(address: string, code: string): string {
  return `understudy pair ${address} --code ${code}`;
}

/** Lets other machines reach the ports: one line for nft, one for ufw. */
export function firewallLines(addresses: readonly string[]): readonly string[] {
  const ports = [...new Set(addresses.map((one) => parseHostPort(one).port))];
  return [
    `nft insert rule inet filter input tcp dport '{ ${ports.join(', ')} }' accept`,
    `ufw allow proto tcp from any to any port ${ports.join(',')}`,
  ];
}
