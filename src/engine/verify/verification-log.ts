// The verification log, line by line as the guide shows it (ch. 10, Verification log), with the same names and
// punctuation. The guide shows no lines for missing, surplus and unsettled objects; these lines imitate its style.
import { displayPath } from '../../base/raw-path.ts';
import type { VerifyMode, VerifyReport } from '../../model/report.ts';
import type { ObjectAttributes, ObjectStatus } from '../../model/stream/attributes.ts';
import type { ReplicaEntry } from '../../model/stream/listing.ts';
import type { Difference } from './verification.ts';

export interface LogHeading {
  readonly connection: number;
  readonly set: string;
  /** `<ip> : <port>`. */
  readonly target: string;
  readonly mode: VerifyMode;
  readonly startedMs: number;
  readonly finishedMs: number;
  /** Absolute paths of the workload's roots, byte strings. */
  readonly roots: readonly string[];
}

export function verificationLog(heading: LogHeading, report: VerifyReport, differences: readonly Difference[]): string {
  const name = `(${heading.set} --> ${heading.target})`;
  const repaired = (count: number): number => (heading.mode === 'repair' ? count : 0);
  const lines = [
    `--- VERIFICATION OF CONNECTION ${heading.connection}, CHECKSUM ENABLED ${name} ---`,
    `Start Time: ${stamp(heading.startedMs)} for connection ${heading.connection} ${name}`,
    ...differences.flatMap((one) => differenceLines(heading, one)),
    `Completion Time: ${stamp(heading.finishedMs)} for connection ${heading.connection} ${name}`,
    `Elapsed Time (seconds): ${((heading.finishedMs - heading.startedMs) / 1000).toFixed(6)}`,
    `Total Directories Compared: ${report.directoriesCompared}`,
    `Total Directories Missing: ${report.directoriesMissing}`,
    `Total Directories Remirrored: ${repaired(report.directoriesMissing)}`,
    `Total Files Compared: ${report.filesCompared}`,
    `Total Files Missing: ${report.filesMissing}`,
    `Total Files Different: ${report.filesDifferent}`,
    'Total Files Encrypted: 0',
    `Total Files Remirrored: ${report.filesRemirrored}`,
    'Total Bytes Skipped: 0',
    `Total Bytes Compared: ${report.bytesCompared}`,
    `Total Bytes Missing: ${report.bytesMissing}`,
    `Total Bytes Different: ${report.bytesDifferent}`,
    `Total Bytes Remirrored: ${repaired(report.bytesDifferent + report.bytesMissing)}`,
    'Related links and directory attributes have been adjusted.',
    '----- END OF VERIFICATION -----',
  ];
  return `${lines.join('\n')}\n`;
}

function differenceLines(heading: LogHeading, one: Difference): string[] {
  const path = displayPath(`${heading.roots[one.root] ?? ''}/${one.path}`);
  const words = {
    different: 'DIFFERENT',
    missing: 'MISSING',
    surplus: 'SURPLUS',
    unsettled: 'UNSETTLED',
    refused: 'REFUSED',
  };
  const lines = [`File:      ${path} ${words[one.verdict]} ON TARGET`];
  if (one.local) lines.push(`Source Attributes: ${ofStatus(one)}`);
  if (one.remote) lines.push(`Target Attributes: ${ofEntry(one.remote)}`);
  if (one.attributes.some((word) => ['mode', 'owner', 'access list'].includes(word))) {
    lines.push('Security descriptors are different.');
  }
  lines.push(`${one.bytesOutOfSync} BYTES OUT OF SYNC`);
  return lines;
}

function ofStatus({ local, path }: Difference): string {
  if (local === undefined) return '';
  return attributesLine(local.modifiedNs, local.size, attributeMask(path, local));
}

function ofEntry(entry: ReplicaEntry): string {
  const { kind, size, isSparse = false } = entry;
  const status = { kind, size, mode: entry.attributes.mode, allocatedBytes: isSparse ? 0 : size };
  return attributesLine(entry.attributes.modifiedNs, size, attributeMask(entry.name, status));
}

function attributesLine(modifiedNs: ObjectAttributes['modifiedNs'], size: number, mask: number): string {
  return `Timestamp = ${stamp(Number(modifiedNs / 1_000_000n))} Size = ${size} Mask = [0x${mask.toString(16)}]`;
}

/** The guide's sixteen attribute bits as far as Linux has them (ch. 10, Verification log, Mask). */
export function attributeMask(
  path: string,
  status: Pick<ObjectStatus, 'kind' | 'mode' | 'size' | 'allocatedBytes'>,
): number {
  let mask = 0;
  if ((status.mode & 0o222) === 0 && status.kind !== 'symlink') mask |= 0x0001;
  if (path.slice(path.lastIndexOf('/') + 1).startsWith('.')) mask |= 0x0002;
  if (status.kind === 'directory') mask |= 0x0010;
  if (status.kind === 'file' && status.allocatedBytes < status.size) mask |= 0x0200;
  if (status.kind === 'symlink') mask |= 0x0400;
  return mask === 0 && status.kind === 'file' ? 0x0080 : mask;
}

/** `m/d/yyyy h:mm:ss AM|PM`, in UTC so that the two servers' logs agree. */
function stamp(timeMs: number): string {
  const time = new Date(timeMs);
  // A JavaScript date ends in the year 275760; some file systems have later times.
  if (Number.isNaN(time.getTime())) return `${Math.floor(timeMs / 1000)} seconds after 1970`;
  const hour = time.getUTCHours();
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
  return `${time.getUTCMonth() + 1}/${time.getUTCDate()}/${time.getUTCFullYear()} ${clock} ${hour < 12 ? 'AM' : 'PM'}`;
}
