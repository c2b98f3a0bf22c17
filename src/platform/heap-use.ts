// How much of the heap is in use, for a budget: cheap and rough below the limit, exact above it; and how often it is collected.
//
// V8 counts as used also what nobody refers to any more and the collector has not freed yet. So a reading above the limit is
// not believed: the collector is made to run, and the heap is read again.
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The most a script may be allowed: beyond half of the heap the process itself would soon be ended by the engine. */
export function heapBytesMax(): number {
  return Math.floor(getHeapStatistics().heap_size_limit / 2);
}

/** Reads the bytes in use on the heap, exactly where it matters: above `limitBytes`. */
export function heapReader(limitBytes: number): () => number {
  let collect: (() => void) | undefined;
  return () => {
    // Not process.memoryUsage(), which also asks the system for the size of the process.
    const usedBytes = getHeapStatistics().used_heap_size;
    if (usedBytes <= limitBytes) return usedBytes;
    collect ??= collector();
    collect();
    return getHeapStatistics().used_heap_size;
  };
}

/**
 * Lets a process that moves much data through buffers collect less often. V8 counts each buffer that was made since the last
 * collection as growth of the heap, so that a small heap is collected for every ten megabytes that pass, which took a third of
 * the processor. Now it may grow to three times what is in use; buffers alone begin a collection at 64 MB, as always.
 */
export function collectLessOften(): void {
  setFlagsFromString('--heap-growing-percent=200');
}

/** The function `gc`, which V8 shows only to contexts that are made while this flag is set. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
