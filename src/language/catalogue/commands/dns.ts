// DNS and identity: directs clients to the server that does the work now.
import type { Argument, CommandDefinition } from '../definition/definition.ts';

const group = 'DNS';

const updateArguments: readonly Argument[] = [
  { name: 'name', type: 'name', required: true, help: 'the name, fully qualified' },
  { name: 'address', words: 'TO', type: 'address', required: true, help: 'its new address' },
  {
    name: 'from',
    words: 'FROM',
    type: 'address',
    help: 'the address whose place it takes, where the name has several; its others stay',
  },
  { name: 'ttl', words: 'TTL', type: 'duration', help: 'how long others may remember it' },
];

/** Of a machine that is started on the target: only virtual machines are. */
function networkArgument(name: 'gateway' | 'dns', help: string): Argument {
  return {
    name,
    words: name.toUpperCase(),
    type: 'address',
    repeatable: true,
    help,
    availability: {
      missing: 'folders have no gateway and no DNS servers of their own',
      instead: 'the target keeps those of its machine; IDENTITY … ADDRESS moves addresses',
    },
  };
}

export const dnsCommands: readonly CommandDefinition[] = [
  {
    id: 'dns.server.add',
    words: 'DNS SERVER ADD',
    group,
    summary: 'Names a DNS server whose zone DNS UPDATE may change, and the TSIG key it asks for.',
    arguments: [
      { name: 'address', type: 'address', required: true, help: 'address or name, with :port where it is not 53' },
      {
        name: 'zone',
        words: 'ZONE',
        type: 'name',
        required: true,
        repeatable: true,
        help: 'a zone it serves; several may be given',
      },
      { name: 'key', words: 'KEY', type: 'name', help: "the key's name, where its file does not say it" },
      {
        name: 'algorithm',
        words: 'ALGORITHM',
        type: 'name',
        default: 'hmac-sha256',
        help: "the key's algorithm, where its file does not say it",
      },
      {
        name: 'credential',
        words: 'CREDENTIAL',
        type: 'name',
        help: "the credential of the target that holds the key's secret",
      },
      {
        name: 'secretfile',
        words: 'SECRETFILE',
        type: 'path',
        help: 'the file of the key, as tsig-keygen writes it; or the secret alone, in base64',
      },
    ],
    result: 'integer',
    examples: [
      'dns server add 10.0.0.53 zone example zone 0.0.10.in-addr.arpa secretfile /etc/understudy/dns.key',
      'dns server add 10.0.0.53 zone example key understudy algorithm hmac-sha256 secretfile /etc/understudy/dns.secret',
      'dns server add 10.0.0.53 zone example key understudy credential dnskey',
    ],
  },
  {
    id: 'dns.server.list',
    words: 'DNS SERVER LIST',
    group,
    summary: 'Lists the DNS servers that the target may update.',
    arguments: [],
    result: 'list',
    returns: 'a list of records: name, zones, key',
    examples: ['dns server list'],
  },
  {
    id: 'dns.server.remove',
    words: 'DNS SERVER REMOVE',
    group,
    summary: 'Forgets a DNS server and its key.',
    arguments: [{ name: 'address', type: 'address', required: true, help: 'the address it was added with' }],
    result: 'integer',
    examples: ['dns server remove 10.0.0.53'],
  },
  {
    id: 'dns.update',
    words: 'DNS UPDATE',
    group,
    summary:
      'Points a name to another IPv4 address in the place of its old one: the A record, and the PTR records where known zones hold them.',
    arguments: updateArguments,
    result: 'integer',
    examples: [
      'dns update "shop.example" to "10.0.0.2" ttl 300 seconds',
      'dns update "shop.example" to "10.0.0.2" from "10.0.0.1" ttl 300 seconds',
    ],
  },
  {
    id: 'dns.lookup',
    words: 'DNS LOOKUP',
    group,
    summary:
      'Asks DNS for the records of a name, from the machine on which the script runs. No answer is an error; that there is no such name or record is an answer, and gives an empty list.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'the name, fully qualified; for PTR the address will do' },
      {
        name: 'type',
        words: 'TYPE',
        type: {
          choice: ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SRV', 'TXT'].map((words) => ({ words, value: words })),
        },
        default: 'A',
        help: 'the type of the records',
      },
      {
        name: 'server',
        words: 'AT',
        type: 'address',
        help: 'the name server that is asked, by its address, with :port where it is not 53; without it, those of the machine',
      },
    ],
    result: 'list',
    returns: 'a list of texts in order: addresses, names, or what the records say',
    examples: ['$addresses = dns lookup "shop.example"', '$names = dns lookup 10.0.0.2 type ptr at 10.0.0.53'],
  },
  {
    id: 'identity',
    words: 'IDENTITY',
    group,
    summary:
      'Says which addresses of the source the target takes on when it takes over; the source gives them up. Without ADDRESS and RETAIN it shows them.',
    arguments: [
      { name: 'connection', type: 'connection', help: 'the connection; without it, the current one' },
      {
        name: 'address',
        words: 'ADDRESS',
        type: 'address',
        repeatable: true,
        help: 'an address of the source by which clients reach it, not the one by which the two servers talk; several may be given',
      },
      {
        name: 'retain',
        type: { choice: [{ words: 'RETAIN', value: 'retain' }] },
        help: 'both servers keep the addresses they have, as without IDENTITY; DNS UPDATE then directs the clients',
      },
      networkArgument('gateway', 'a gateway; several may be given'),
      networkArgument('dns', 'a DNS server; several may be given'),
    ],
    result: 'record',
    returns: 'a record: addresses, and applied, whether the target has them now',
    examples: [
      'identity 1 address 10.0.0.10',
      'identity 1 retain',
      'identity 1 address 10.0.0.10 gateway 10.0.0.254 dns 10.0.0.53',
    ],
  },
];

/** The commands of this group that may be a task of QUEUETASK. */
export const dnsTasks: readonly CommandDefinition[] = [
  {
    id: 'dns.update',
    words: 'DNS UPDATE',
    group: 'stream tasks',
    summary: 'Points a name to another address.',
    arguments: updateArguments,
    result: 'any',
    examples: ['queuetask move to beta onexecute = dns update "shop.example" to "10.0.0.2" ttl 60 seconds'],
  },
];
