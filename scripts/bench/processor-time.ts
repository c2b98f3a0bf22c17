// The processor time of programs that a benchmark has started: exactly, where the ticks of /proc are ten milliseconds.
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');
const getrusage = libc.func('getrusage', 'int', ['int', 'void *']);
const clockOfProcess = libc.func('clock_getcpuclockid', 'int', ['int', 'void *']);
const clockTime = libc.func('clock_gettime', 'int', ['int', 'void *']);
/** Of getrusage(2): all children that have ended. */
const usageOfChildren = -1;
/** sizeof(struct rusage) on 64-bit Linux. It begins with the times in user and in system mode, as seconds and microseconds. */
const rusageBytes = 144;

/** The processor time of all children that have ended. */
export function childrenMs(): number {
  const usage = Buffer.alloc(rusageBytes);
  if (getrusage(usageOfChildren, usage) !== 0) throw new Error('getrusage does not know the time of the children');
  const ms = (at: number): number =>
    Number(usage.readBigInt64LE(at)) * 1000 + Number(usage.readBigInt64LE(at + 8)) / 1000;
  return ms(0) + ms(16);
}

/** The processor time of a process that runs: of all its threads, also those that have ended (clock_getcpuclockid(3)). */
export function processMs(id: number): number {
  const clock = Buffer.alloc(4);
  const time = Buffer.alloc(16);
  if (clockOfProcess(id, clock) !== 0 || clockTime(clock.readInt32LE(), time) !== 0)
    throw new Error(`there is no time of process ${id}`);
  return Number(time.readBigInt64LE()) * 1000 + Number(time.readBigInt64LE(8)) / 1e6;
}
