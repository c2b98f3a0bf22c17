// What an editor offers at the cursor: the words that the language allows there, the names of the script and of the files
// that it includes, and the properties of what its variables hold.
import type { ReadIncluded } from '../../language/parser/include.ts';
import { propertiesAt } from '../../language/program.ts';
import { type Candidate, type Completion, completionsAt } from '../../language/reading/completion.ts';
import type { Analysis } from '../analysis.ts';
import { knownNamesAt } from './names-in-files.ts';

export function completionsIn(analysis: Analysis, offset: number, read?: ReadIncluded): Completion {
  const { source } = analysis;
  const completion = completionsAt(source.text, offset, knownNamesAt(analysis, offset));
  const { property, start } = completion;
  if (property === undefined) return completion;
  const written = source.text.slice(start, offset).toLowerCase();
  const candidates = (propertiesAt(source, property, undefined, read) ?? [])
    .filter((text) => text.startsWith(written))
    .map((text): Candidate => ({ text, kind: 'property' }));
  return { ...completion, candidates };
}
