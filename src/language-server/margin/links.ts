// The names behind INCLUDE, as links to the files.
import type { ReadIncluded } from '../../language/parser/include.ts';
import type { Range } from '../../language/tree/source-text.ts';
import type { Analysis } from '../analysis.ts';

export interface Link extends Range {
  /** The address of the file. */
  readonly target: string;
}

/** A file that cannot be read has no link; a diagnostic says why. */
export function links({ reading, source }: Analysis, read: ReadIncluded): readonly Link[] {
  return reading.includes.flatMap(({ path, start, end }) => {
    const found = read(path, source.file);
    return 'reason' in found ? [] : [{ start, end, target: found.file }];
  });
}
