// The generated TextMate grammar colours every token of every example as what the lexer says it is.
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import oniguruma from 'vscode-oniguruma';
import textmate, { type IGrammar, type IRawGrammar } from 'vscode-textmate';
import { textMateGrammar } from '../../scripts/generators/text-mate.ts';
import { DiagnosticSink } from '../../src/language/diagnostics/diagnostics.ts';
import { writtenTokens } from '../../src/language/formatter/written-tokens.ts';
import { isWord, keywords, operators, type Token } from '../../src/language/lexer/token.ts';
import { tokenize } from '../../src/language/lexer/tokenize.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';

const projectFolder = join(import.meta.dirname, '../..');
let grammar: IGrammar;

beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textMateGrammar() as unknown as IRawGrammar,
  });
  const loaded = await registry.loadGrammar('source.dtcl');
  if (loaded === null) throw new Error('the grammar was not loaded');
  grammar = loaded;
});

/** The scopes at each offset of a text. */
function scopesOf(text: string): string[] {
  const scopes: string[] = [];
  let state = textmate.INITIAL;
  for (const line of text.split(/(?<=\n)/)) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line.replace(/\n$/, ''), state);
    state = ruleStack;
    const lineScopes = Array.from({ length: line.length }, () => '');
    for (const { startIndex, endIndex, scopes: found } of tokens)
      lineScopes.fill(found.join(' '), startIndex, Math.min(endIndex, line.length));
    scopes.push(...lineScopes);
  }
  return scopes;
}

/** What the scope of a token must say, and what it must not. */
function expectedScope({ kind }: Token): RegExp | undefined {
  if (kind === 'string' || kind === 'raw-string') return /string\.quoted/;
  if (kind === 'variable') return /variable\.other/;
  if (kind === 'literal') return /constant\.numeric/;
  if (operators.has(kind) || kind === 'equals') return /keyword\.operator/;
  if (keywords.has(kind)) return /keyword|constant\.language/;
  if (isWord(kind) || kind === 'name') return /entity\.name\.function|string\.unquoted/;
  return undefined;
}

/** The tokens that are coloured as something else. */
function misjudged(text: string): string[] {
  const scopes = scopesOf(text);
  const tokens = tokenize(new DiagnosticSink(new SourceText('x', text))).tokens.toArray();
  const wrong = tokens.flatMap((token) => {
    const expected = expectedScope(token);
    const found = scopes[token.start] ?? '';
    return expected === undefined || expected.test(found)
      ? []
      : [`${token.text} is ${found} in: ${lineAt(text, token)}`];
  });
  const comments = writtenTokens(text, tokens).tokens.flatMap((one) => one.comments);
  const coloured = scopes.filter(
    (scope, at) => scope.includes('comment') && text[at] === '#' && !scopes[at - 1]?.includes('comment'),
  );
  return coloured.length < comments.length ? [...wrong, 'comments are missed'] : wrong;
}

function lineAt(text: string, token: Token): string {
  return text.slice(0, token.start).split('\n').at(-1) + (text.slice(token.start).split('\n')[0] ?? '');
}

const scripts = globSync(['examples/*.dtcl', 'test/language/chunks/*.dtcl'], { cwd: projectFolder });
const documents = ['grammar/grammar.md', ...globSync('grammar/generated/commands/*.md', { cwd: projectFolder })];

describe('every token is coloured as what it is', () => {
  test.each(scripts)('in %s', (file) => {
    const chunks = readFileSync(join(projectFolder, file), 'utf8').split(/^---$/m);
    expect(chunks.flatMap(misjudged)).toEqual([]);
  });

  test.each(documents)('in the examples of %s', (file) => {
    const text = readFileSync(join(projectFolder, file), 'utf8');
    const examples = [...text.matchAll(/```dtcl.*\n([\s\S]*?)```/g)].map((one) => one[1] ?? '');
    expect(examples.flatMap(misjudged)).toEqual([]);
  });
});
