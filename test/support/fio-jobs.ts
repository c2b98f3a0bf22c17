// Ways to write a file, for fio(1): what each wrote is read again and compared by its checksum.

export const fioJobs: readonly (readonly [how: string, words: readonly string[]])[] = [
  ['in sequence', ['--rw=write', '--bs=64k', '--ioengine=psync']],
  ['at random places', ['--rw=randwrite', '--bs=4k', '--ioengine=psync']],
  ['at random places, not aligned', ['--rw=randwrite', '--bs=1000-9000', '--bs_unaligned', '--ioengine=psync']],
  ['through shared maps', ['--rw=randwrite', '--bs=4k', '--ioengine=mmap']],
  [
    'with asynchronous calls past the cache',
    ['--rw=randrw', '--bs=4k', '--ioengine=libaio', '--direct=1', '--iodepth=8'],
  ],
  ['with fsync between', ['--rw=randwrite', '--bs=4k', '--ioengine=psync', '--fsync=16']],
];

/** Words for fio: three jobs, each with a file of so many MiB. */
export function fioWords(words: readonly string[], mib: number): readonly string[] {
  return ['--name=job', '--numjobs=3', `--size=${mib}m`, '--verify=crc32c', '--minimal', ...words];
}
