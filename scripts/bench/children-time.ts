// The processor time of programs that a benchmark has started.
import koffi from 'koffi';

const getrusage = koffi.load('libc.so.6').func('getrusage', 'int', ['int', 'void *']);
/** Of getrusage(2): all children that have ended. */
const usageOfChildren = -1;
/** sizeof(struct rusage) on 64-bit Linux. It begins with the times in user and in system mode, as seconds and microseconds. */
const rusageBytes = 144;

/** The processor time of all children that have ended. The ticks of /proc are ten milliseconds, as long as a small program runs. */
export function childrenMs(): number {
  const usage = Buffer.alloc(rusageBytes);
  if (getrusage(usageOfChildren, usage) !== 0) throw new Error('getrusage does not know the time of the children');
  const ms = (at: number): number =>
    Number(usage.readBigInt64LE(at)) * 1000 + Number(usage.readBigInt64LE(at + 8)) / 1000;
  return ms(0) + ms(16);
}
