// A filter's process that cannot run once the file that is its parameter is there.
import { existsSync } from 'node:fs';
import { runFilter } from '../../../src/platform/filter-capture/loop/run-filter.ts';

runFilter((parameter) => {
  if (existsSync(parameter)) throw new Error('it is told to fail');
  return undefined;
});
