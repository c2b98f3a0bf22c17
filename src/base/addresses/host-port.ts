// Addresses as people write them: `host:port`, an IPv6 address in brackets.
import { Failure } from '../failure.ts';

export interface HostPort {
  readonly host: string;
  /** 0 asks the system for a free one, where a server listens. */
  readonly port: number;
}

export const hostPortShape = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]]+)):([0-9]{1,5})$/;

/** Throws `ADDRESS-FORM` when the text is no `host:port`. */
export function parseHostPort(text: string): HostPort {
  const match = hostPortShape.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new Failure({
    code: 'ADDRESS-FORM',
    operation: 'read an address',
    subject: text,
    reason: 'an address is HOST:PORT, with a port from 0 to 65535',
  });
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
