// Asking a machine for an echo (ICMP, RFC 792; ICMPv6, RFC 4443): whether it is there, whatever runs on it.
//
// Failure semantics
//   - The answer is undefined when the machine itself replied to this very request, otherwise why not, in words.
//   - A host that does not reply is waited for until the signal is aborted; requests may be sent again meanwhile.
//   - Rejects only when nothing could be asked, whoever is there, with `PING-FORBIDDEN`: this process may not send echo
//     requests. That says nothing about the host.

export interface Ping {
  /** `host`: a name, or an IPv4 or IPv6 address. */
  echo(host: string, signal: AbortSignal): Promise<string | undefined>;
}
