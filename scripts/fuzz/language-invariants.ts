// What must hold for any text whatever: it is checked within bounds and without an exception, every message has a place, checking
// twice says the same, parser and specification agree, formatting keeps what it means, and nothing of it is kept in memory.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { formatScript } from '../../src/language/formatter/format-script.ts';
import { type CheckedScript, checkScript } from '../../src/language/program.ts';
import { renderDiagnostics } from '../../src/language/reading/render-diagnostics.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { accepts } from '../../test/language/recogniser/accepts.ts';
import { meaning } from '../../test/language/recogniser/meaning.ts';
import { recognises } from '../../test/language/recogniser/recognise.ts';

const processorMsMax = 3000;
/** What the check of one text may add to the heap, garbage included. */
const heapGrowthBytesMax = 500 * 1024 * 1024;
/** What may be left of all texts so far, without garbage: the program itself takes a tenth of it. */
const keptBytesMax = 200 * 1024 * 1024;
/** The recogniser is general, not fast; longer texts are left to the other invariants. */
const recognisedCharactersMax = 1000;
const renderedLineMax = 400;

/** A sentence about what does not hold; the same for all texts that break the same invariant. */
export type Finding = string;

export function brokenInvariant(text: string): Finding | undefined {
  try {
    return boundsBroken(text) ?? formatterBroken(text) ?? specificationBroken(text);
  } catch (error) {
    const { name, stack = '' } = error instanceof Error ? error : new Error(String(error));
    return `it throws ${name} ${/at .*\(?.*src\/.*/.exec(stack)?.[0] ?? ''}`.trim();
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The bytes of the heap; garbage is collected first when there is much of it. */
function heapBytes(): number {
  if (process.memoryUsage().heapUsed > keptBytesMax) collectGarbage();
  return process.memoryUsage().heapUsed;
}

function boundsBroken(text: string): Finding | undefined {
  const heapBytesBefore = heapBytes();
  if (heapBytesBefore > keptBytesMax) return `more than ${keptBytesMax} bytes are kept of texts that were checked`;
  const before = process.cpuUsage();
  const source = new SourceText('fuzz.dtcl', text);
  const { script, diagnostics } = checkScript(source);
  const rendered = renderDiagnostics(diagnostics, source);
  const { user, system } = process.cpuUsage(before);
  if ((user + system) / 1000 > processorMsMax) return `checking takes more than ${processorMsMax} ms`;
  if (process.memoryUsage().heapUsed - heapBytesBefore > heapGrowthBytesMax)
    return `checking takes more than ${heapGrowthBytesMax} bytes`;
  if ((script === undefined) !== diagnostics.some((one) => one.severity === 'error'))
    return 'a script without errors is refused, or one with errors is not';
  if (!diagnostics.every((one) => hasPlace(one.span, text))) return 'a message has no place in the text';
  if (rendered.split('\n').some((line) => line.length > renderedLineMax))
    return 'a message has a line that nobody can read';
  const again = checkScript(new SourceText('fuzz.dtcl', text));
  return said(again) === said({ diagnostics }) ? undefined : 'checking twice does not say the same';
}

function said({ diagnostics }: Pick<CheckedScript, 'diagnostics'>): string {
  return JSON.stringify(diagnostics);
}

function hasPlace(span: CheckedScript['diagnostics'][number]['span'], text: string): boolean {
  return span.start >= 0 && span.start <= span.end && span.end <= text.length && span.line >= 1 && span.column >= 1;
}

function formatterBroken(text: string): Finding | undefined {
  const { text: formatted } = formatScript(new SourceText('fuzz.dtcl', text));
  // A bare name where a value should be has no meaning that could be kept.
  if (formatted === undefined || accepts(text) === false) return undefined;
  if (meaning(formatted) !== meaning(text)) return 'formatting changes what it means';
  const again = formatScript(new SourceText('fuzz.dtcl', formatted)).text;
  return again === formatted ? undefined : 'formatting twice is not formatting once';
}

function specificationBroken(text: string): Finding | undefined {
  if (text.length > recognisedCharactersMax) return undefined;
  const accepted = accepts(text);
  if (accepted === undefined || recognises(text) === accepted) return undefined;
  return `the parser ${accepted ? 'accepts' : 'refuses'} what the specification does not`;
}
