// The process of a filter, as the guard starts it.
//
// Nothing may import this file: the guard starts it as a process.
import { runFilter } from './loop/run-filter.ts';

runFilter(() => undefined);
