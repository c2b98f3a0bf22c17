// Every event a server can report: number, severity and text. Numbers that the original documents keep their number
// (4000 to 4009); the others are ours, from 5000. `{name}` is filled from the event's parameters.

/** The guide's severities (ch. 10, Viewing server events). */
export const severities = ['information', 'warning', 'error'] as const;
export type Severity = (typeof severities)[number];

interface EventDescription {
  readonly severity: Severity;
  readonly text: string;
}

export const eventCatalogue = {
  4000: { severity: 'information', text: 'The server {server} was started' },
  4005: { severity: 'information', text: 'The server {server} was stopped' },
  4007: { severity: 'warning', text: 'Auto-disconnecting connection {connection}: {reason}' },
  4008: { severity: 'information', text: 'Auto-disconnect has succeeded on connection {connection}' },
  4009: { severity: 'information', text: 'Auto-reconnecting replication set {set} to {target}' },
  5000: { severity: 'information', text: 'Connected to {target}: stream {stream} from position {position}' },
  5001: { severity: 'warning', text: 'The link of connection {connection} was lost: {reason}' },
  5002: { severity: 'error', text: 'The link of connection {connection} was refused: {reason}' },
  5003: { severity: 'error', text: 'A bad frame closed the link with {peer}: {reason}' },
  5004: { severity: 'error', text: 'The peer {peer} is not trusted: {reason}' },
  5005: { severity: 'error', text: 'Refused the job {job} of {peer}: {reason}' },
  5006: { severity: 'error', text: 'Connection {connection} starts again from what is durable: {reason}' },
  5010: { severity: 'information', text: 'Mirror started on connection {connection} ({method}): {reason}' },
  5011: {
    severity: 'information',
    text: 'Mirror completed on connection {connection}: {bytes} bytes sent, {skipped} bytes skipped',
  },
  5012: { severity: 'warning', text: 'Mirror stopped on connection {connection}: {reason}' },
  5020: {
    severity: 'warning',
    text: 'The capture queue of {set} overflowed: changes were missed, a difference mirror follows',
  },
  5021: { severity: 'error', text: 'Capture of {set} failed: {reason}' },
  5022: { severity: 'warning', text: 'The mount point {path} inside {set} is not protected' },
  5023: { severity: 'error', text: 'Cannot read {path}: {reason}; its replica is stale' },
  5030: { severity: 'warning', text: 'An operation on {path} is being retried: {reason}' },
  5031: { severity: 'error', text: 'An operation on {path} was dropped: {reason}; mirror required' },
  5032: { severity: 'information', text: 'The replica of {path} was not as expected and is sent again: {reason}' },
  5040: { severity: 'information', text: 'Task {task} started at {point}' },
  5041: { severity: 'information', text: 'Task {task} finished at {point}' },
  5042: { severity: 'error', text: 'Task {task} failed at {point}: {reason}' },
  5043: { severity: 'warning', text: 'Task {task} was still running at {point} after its timeout; the stream went on' },
  5044: { severity: 'error', text: 'Task {task} was refused at {point}: {reason}' },
  5045: { severity: 'warning', text: 'Task {task} was cancelled: {reason}' },
  5046: {
    severity: 'warning',
    text: 'Task {task} was interrupted at {point} by a stop of the server and is not started again',
  },
  5050: { severity: 'information', text: 'Snapshot {snapshot} ({type}) taken' },
  5051: { severity: 'error', text: 'Snapshot {snapshot} failed: {reason}' },
  5052: { severity: 'warning', text: 'The replica was reverted to snapshot {snapshot}' },
  5053: {
    severity: 'warning',
    text: 'Snapshot {snapshot} was removed to make room for {next}: {most} are held at most',
  },
  5060: {
    severity: 'information',
    text: 'Verification of connection {connection}: {files} files compared, {found}',
  },
  5061: {
    severity: 'warning',
    text: 'Verification of connection {connection} found differences: {found}',
  },
  5070: { severity: 'warning', text: 'Failover condition met for {source}: {reason}' },
  5071: { severity: 'warning', text: 'Failing over connection {connection}: {choice}' },
  5072: { severity: 'warning', text: 'Failed over connection {connection}: {loss}' },
  5073: { severity: 'error', text: 'Failover of connection {connection} failed: {reason}' },
  5074: { severity: 'warning', text: 'Stopped: {target} has taken over with epoch {epoch}' },
  5075: {
    severity: 'warning',
    text: 'The failover of connection {connection} was undone with epoch {epoch}: a mirror follows; what was written since is kept as snapshot {snapshot}',
  },
  5076: { severity: 'information', text: '{target} has undone its failover: protection goes on with epoch {epoch}' },
  5077: {
    severity: 'warning',
    text: 'The source {source} has given up connection {connection}, which was failed over: an undo would leave a replica without a source',
  },
  5080: { severity: 'information', text: 'DNS record {name} now points to {address} with a TTL of {ttl} seconds' },
  5081: { severity: 'error', text: 'DNS update of {name} failed: {reason}' },
  5090: { severity: 'information', text: 'Schedule {schedule} started a run' },
  5091: { severity: 'warning', text: 'Schedule {schedule} missed {count} runs since {since}' },
  5092: { severity: 'warning', text: 'Schedule {schedule} skipped a run: {reason}' },
  5093: { severity: 'error', text: 'A run of schedule {schedule} failed: {reason}' },
  5100: { severity: 'information', text: 'Paired with {peer}, fingerprint {fingerprint}' },
  5101: { severity: 'warning', text: '{peer} is not trusted any more: its open links were ended ({links})' },
  5110: { severity: 'warning', text: 'The queue of connection {connection} uses {percent} % of its limit' },
  5111: { severity: 'error', text: 'The queue of connection {connection} is unreadable: {reason}; mirror required' },
  5190: {
    severity: 'warning',
    text: 'This server stood still for {seconds} seconds: its monitor of {source} does not count them',
  },
  5191: { severity: 'information', text: 'The source {source} answers again: monitor {monitor} watches on' },
  5192: {
    severity: 'warning',
    text: 'Failover pending for {source}: MONITOR IMPLEMENT {monitor} takes over, MONITOR DISMISS {monitor} does not',
  },
  5193: {
    severity: 'information',
    text: 'A person dismissed the failover of {source}: monitor {monitor} watches on',
  },
  5194: {
    severity: 'error',
    text: 'Monitor {monitor} cannot ask whether {source} is there, so it does not fail over: {reason}',
  },
  5195: { severity: 'error', text: 'Monitor {monitor} does not fail over from {source}: {reason}' },
  5240: { severity: 'information', text: 'The witness says again that {server} alone has connection {connection}' },
  5241: {
    severity: 'error',
    text: 'Nothing says any more that {server} alone has connection {connection}: the witness does not answer: {reason}',
  },
  5242: {
    severity: 'error',
    text: '{server} has lost connection {connection} to {holder}, as the witness says: what is written on {server} may be lost',
  },
  5180: { severity: 'error', text: '{count} more connections from {peer} were refused since {since}: {reason}' },
  5181: { severity: 'error', text: '{count} more links with {peer} were closed by bad frames since {since}: {reason}' },
  5182: { severity: 'error', text: '{count} more jobs of {peer} were refused since {since}: {reason}' },
  5183: { severity: 'warning', text: 'A LOGIN of {peer} as {account} failed' },
  5184: { severity: 'warning', text: '{count} more LOGINs of {peer} failed since {since}, the last as {account}' },
  5185: {
    severity: 'warning',
    text: 'Monitor {monitor} cannot check now whether {name} can be pointed to {address}, its failover does: {reason}',
  },
  5170: { severity: 'error', text: 'Connection {connection} writes nothing to its replica: {reason}' },
  5171: {
    severity: 'warning',
    text: '{path} is left out of connection {connection}: a server of this machine writes there',
  },
  5172: {
    severity: 'warning',
    text: 'The device node {path} is not kept in the replica: the target takes none (targets.deviceNodes)',
  },
  5120: { severity: 'information', text: '{path} is the live copy since epoch {epoch}: no mirror may go over it' },
  5121: { severity: 'warning', text: 'The live copy {path} was released: the next mirror may go over it' },
  5122: {
    severity: 'warning',
    text: '{job} goes over what was the live copy {path}; it is kept as snapshot {snapshot}',
  },
  5150: {
    severity: 'error',
    text: 'The folder {path} is not the one that is protected: {reason}; the replica is kept',
  },
  5151: {
    severity: 'warning',
    text: 'Another folder at {path} is protected from now on; a difference mirror makes the replica equal to it',
  },
  5152: { severity: 'information', text: 'The protected folder {path} is there again; a difference mirror follows' },
  5153: {
    severity: 'warning',
    text: 'The file system of the replica cannot hold the time of {path}: it was kept as {kept}, and so are others like it',
  },
  5160: { severity: 'information', text: 'Script {script} started at {point}' },
  5161: { severity: 'information', text: 'Script {script} finished at {point} with exit code 0' },
  5162: { severity: 'error', text: 'Script {script} failed at {point}: {reason}' },
  5163: {
    severity: 'warning',
    text: 'Script {script} was still running at {point} after its timeout; the mirror went on',
  },
  5164: { severity: 'error', text: 'Script {script} was refused at {point}: {reason}' },
  5165: {
    severity: 'warning',
    text: 'Script {script} was interrupted at {point} by a stop of the server and is not started again',
  },
  5166: { severity: 'warning', text: 'Script {script} was not started at {point}: {reason}' },
  5140: { severity: 'error', text: 'Connection {connection}: {what}; {hint}' },
  5200: { severity: 'information', text: 'Bandwidth limit to {target} has changed, and is now: {limit}' },
  5201: { severity: 'information', text: 'Compression of what connection {connection} sends is now: {compression}' },
  5202: { severity: 'warning', text: 'Connection {connection} is paused: changes are queued on the source' },
  5203: { severity: 'information', text: 'Connection {connection} sends again' },
  5204: { severity: 'warning', text: 'Connection {connection} was stopped: nothing is sent, and nothing is queued' },
  5205: { severity: 'information', text: 'Connection {connection} was started again' },
  5206: {
    severity: 'warning',
    text: 'The target of connection {connection} is paused: what comes is queued, and not applied',
  },
  5207: { severity: 'information', text: 'The target of connection {connection} applies again' },
  5220: { severity: 'information', text: 'The address {address} was taken on, on {interface}' },
  5221: { severity: 'warning', text: 'The address {address} was given up, on {interface}' },
  5222: { severity: 'error', text: 'The address {address} is not as a failover needs it: {reason}' },
  5208: { severity: 'warning', text: 'The mirror of connection {connection} is paused: nothing more of it is sent' },
  5209: { severity: 'information', text: 'The mirror of connection {connection} goes on' },
  5210: {
    severity: 'warning',
    text: 'Replication of connection {connection} was stopped: changes are neither sent nor queued',
  },
  5211: { severity: 'information', text: 'Replication of connection {connection} was started: a mirror follows' },
  5231: {
    severity: 'error',
    text: 'Connection {connection} needs a mirror, and none begins by itself (remirror is off): {reason}',
  },
  5232: {
    severity: 'warning',
    text: 'Connection {connection} was not connected at the start (reconnectAtStart is off), and waits for START',
  },
  5230: { severity: 'information', text: 'Connection {connection} was edited: its options have revision {revision}' },
  5141: { severity: 'information', text: 'Connection {connection}: deletions are not held back any more' },
} as const satisfies Record<number, EventDescription>;

export type EventId = keyof typeof eventCatalogue;

/** Events that others can cause. They are kept apart, so that no number of them pushes out the events of this server's own work. */
const outsideEvents: ReadonlySet<number> = new Set<EventId>([5003, 5004, 5005, 5180, 5181, 5182, 5183, 5184]);

export function isOutsideEvent(id: EventId): boolean {
  return outsideEvents.has(id);
}

/** The event's text with its parameters filled in; a parameter that is not given stays in braces, so it is seen. */
export function eventText(id: EventId, parameters: Readonly<Record<string, string | number>>): string {
  return eventCatalogue[id].text.replace(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole));
}
