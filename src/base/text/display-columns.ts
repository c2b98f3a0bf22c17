// Counts the columns of a text on a terminal: East Asian wide letters and emoji take two, marks on the letter before
// them take none (Unicode Standard Annex 11).
const ascii = /^[\x20-\x7e]*$/;
const marks = /[\p{Mn}\p{Me}\p{Cf}]/gu;
const wide =
  /[\p{Emoji_Presentation}\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{4dbf}\u{4e00}-\u{a4cf}\u{a960}-\u{a97c}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff01}-\u{ff60}\u{ffe0}-\u{ffe6}\u{20000}-\u{3fffd}]/gu;

export function displayColumns(text: string): number {
  if (ascii.test(text)) return text.length;
  const letters = text.replace(marks, '');
  return [...letters].length + (letters.match(wide)?.length ?? 0);
}
