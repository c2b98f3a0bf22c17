// Keywords and the ways they may be cut short. `ONTRANSmit` stands for ONTRANS, ONTRANSM, ONTRANSMI and ONTRANSMIT;
// `QueueTASK` for QTASK, QUTASK, … QUEUETASK: each run of small letters may be cut at its end.

const formsOf = new Map<string, ReadonlySet<string>>();

/** Every way to write a keyword, in capitals; the full one is the last. */
export function keywordForms(keyword: string): ReadonlySet<string> {
  let forms = formsOf.get(keyword);
  if (forms === undefined) {
    let grown = [''];
    for (const [run] of keyword.matchAll(/[a-z]+|[^a-z]+/g)) {
      const small = /[a-z]/.test(run);
      const cuts = small
        ? Array.from({ length: run.length + 1 }, (_, length) => run.slice(0, length).toUpperCase())
        : [run];
      grown = grown.flatMap((start) => cuts.map((cut) => start + cut));
    }
    forms = new Set(grown);
    formsOf.set(keyword, forms);
  }
  return forms;
}

const caseBit = 0x20;

export function matchesKeyword(keyword: string, written: string): boolean {
  // The first letter of a keyword is never cut, so two words with different first letters cannot match.
  const differs = (keyword.charCodeAt(0) ^ written.charCodeAt(0)) & ~caseBit;
  return differs === 0 && keywordForms(keyword).has(written.toUpperCase());
}

/**
 * How many of `written`, from `from` on, spell the words of a phrase such as `ATTRibutes WHOLE`; 0 when they do not.
 */
export function matchedWords(phrase: string, written: readonly string[], from = 0): number {
  const words = wordsOf(phrase);
  for (let index = 0; index < words.length; index++) {
    const one = written[from + index];
    if (one === undefined || !matchesKeyword(words[index] ?? '', one)) return 0;
  }
  return words.length;
}

const knownPhrases = new Map<string, readonly string[]>();

/** The words of a phrase of the catalogue. */
export function wordsOf(phrase: string): readonly string[] {
  let words = knownPhrases.get(phrase);
  if (words === undefined) {
    words = phrase.split(' ');
    knownPhrases.set(phrase, words);
  }
  return words;
}
