// Monitors, failover and DNS: noticing that a source is gone, taking over, and telling the world.
import type { Argument, Choice, CommandDefinition } from './definition.ts';

const queueActions: readonly Choice[] = [
  { words: 'APPLY', value: 'apply' },
  { words: 'DISCARD', value: 'discard' },
  { words: 'REVERT', value: 'revert' },
];

const failoverArguments: readonly Argument[] = [
  {
    name: 'mode',
    type: {
      choice: [
        { words: 'LIVE', value: 'live' },
        { words: 'TEST', value: 'test' },
      ],
    },
    default: 'live',
    help: 'take over, or only try whether it would work',
  },
  {
    name: 'queue',
    words: 'QUEUE',
    type: { choice: queueActions },
    default: 'apply',
    help: "what happens to data that waits in the target's queue; REVERT goes back to the last good snapshot if the target is bad",
  },
  { name: 'snapshot', words: 'TO SNAPSHOT', type: 'snapshot', help: 'the snapshot to go back to' },
];

const updateArguments: readonly Argument[] = [
  { name: 'name', type: 'name', required: true, help: 'the name, fully qualified' },
  { name: 'address', words: 'TO', type: 'address', required: true, help: 'its new address' },
  { name: 'ttl', words: 'TTL', type: 'duration', help: 'how long others may remember it' },
];

const monitorName: Argument = { name: 'monitor', type: 'monitor', required: true, help: 'the monitor, or its name' };

export const failoverCommands: readonly CommandDefinition[] = [
  {
    id: 'monitor.create',
    words: 'MONITOR CREATE',
    group: 'failover',
    summary: 'Makes a monitor on the target that watches the source and fails over when it is gone.',
    arguments: [
      { name: 'name', type: 'name', required: true, help: 'its name' },
      {
        name: 'connection',
        words: 'ON',
        type: 'connection',
        help: 'the connection whose source is watched; without it, the current one',
      },
      {
        name: 'address',
        words: 'ADDRESS',
        type: 'address',
        repeatable: true,
        help: 'an address of the source to probe; several may be given',
      },
      { name: 'interval', words: 'INTERVAL', type: 'duration', help: 'the time between two probes' },
      { name: 'failures', words: 'FAILURES', type: 'integer', help: 'how many probes must fail in a row' },
      { name: 'total', words: 'TOTAL', type: 'duration', help: 'how long no probe may succeed' },
      {
        name: 'probe',
        words: 'PROBE',
        type: {
          choice: [
            { words: 'SERVICE', value: 'service' },
            { words: 'NETWORK', value: 'network' },
          ],
        },
        default: 'service',
        help: "ask the server's service, or only the network",
      },
      {
        name: 'start',
        type: {
          choice: [
            { words: 'AUTOmatic', value: 'automatic' },
            { words: 'WAITuser', value: 'wait' },
          ],
        },
        default: 'automatic',
        help: 'fail over without a person, or wait for one to say so',
      },
    ],
    result: 'monitor',
    examples: [
      'monitor create watch on 1 interval 1 second failures 5',
      'monitor create watch total 30 seconds probe network waituser',
    ],
  },
  {
    id: 'monitor.start',
    words: 'MONITOR START',
    group: 'failover',
    summary: 'Starts a monitor.',
    arguments: [monitorName],
    result: 'any',
    examples: ['monitor start watch'],
  },
  {
    id: 'monitor.stop',
    words: 'MONITOR STOP',
    group: 'failover',
    summary: 'Stops a monitor; it keeps its settings.',
    arguments: [monitorName],
    result: 'any',
    examples: ['monitor stop watch'],
  },
  {
    id: 'monitor.delete',
    words: 'MONITOR DELETE',
    group: 'failover',
    summary: 'Stops a monitor and forgets it.',
    arguments: [monitorName],
    result: 'any',
    examples: ['monitor delete watch'],
  },
  {
    id: 'monitor.list',
    words: 'MONITOR LIST',
    group: 'failover',
    summary: 'Lists the monitors and what each last saw.',
    arguments: [],
    result: 'any',
    examples: ['monitor list'],
  },
  {
    id: 'failover',
    words: 'FAILOVER',
    group: 'failover',
    summary: "Lets the target take the source's place.",
    arguments: [
      { name: 'connection', type: 'connection', help: 'the connection; without it, the current one' },
      ...failoverArguments,
    ],
    result: 'any',
    examples: ['failover 1 live queue apply', 'failover 1 test to snapshot "before upgrade"'],
  },
  {
    id: 'dns.server.add',
    words: 'DNS SERVER ADD',
    group: 'DNS',
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
      { name: 'credential', words: 'CREDENTIAL', type: 'name', help: "the credential that holds the key's secret" },
      {
        name: 'secretfile',
        words: 'SECRETFILE',
        type: 'path',
        help: 'the file of the key, as tsig-keygen writes it; or the secret alone, in base64',
      },
    ],
    result: 'any',
    examples: [
      'dns server add 10.0.0.53 zone example zone 0.0.10.in-addr.arpa secretfile /etc/understudy/dns.key',
      'dns server add 10.0.0.53 zone example key understudy secretfile /etc/understudy/dns.secret',
    ],
  },
  {
    id: 'dns.server.list',
    words: 'DNS SERVER LIST',
    group: 'DNS',
    summary: 'Lists the DNS servers that the target may update.',
    arguments: [],
    result: 'any',
    examples: ['dns server list'],
  },
  {
    id: 'dns.server.remove',
    words: 'DNS SERVER REMOVE',
    group: 'DNS',
    summary: 'Forgets a DNS server and its key.',
    arguments: [{ name: 'address', type: 'address', required: true, help: 'the address it was added with' }],
    result: 'any',
    examples: ['dns server remove 10.0.0.53'],
  },
  {
    id: 'dns.update',
    words: 'DNS UPDATE',
    group: 'DNS',
    summary: 'Points a name to another IPv4 address: its A record, and the PTR record where a known zone holds it.',
    arguments: updateArguments,
    result: 'any',
    examples: ['dns update "shop.example" to "10.0.0.2" ttl 300 seconds'],
  },
];

/** The tasks of this group that QUEUETASK knows; the connection is the task's own. */
export const failoverTasks: readonly CommandDefinition[] = [
  {
    id: 'failover',
    words: 'FAILOVER',
    group: 'stream tasks',
    summary: "Lets the target take the source's place.",
    arguments: failoverArguments,
    result: 'any',
    examples: [],
  },
  {
    id: 'dns.update',
    words: 'DNS UPDATE',
    group: 'stream tasks',
    summary: 'Points a name to another address.',
    arguments: updateArguments,
    result: 'any',
    examples: [],
  },
];
