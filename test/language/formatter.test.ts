// Formatting never changes what a script means, keeps its comments, and has nothing left to do the second time.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DiagnosticSink } from '../../src/language/diagnostics/diagnostics.ts';
import { formatScript } from '../../src/language/formatter/format-script.ts';
import { writtenTokens } from '../../src/language/formatter/written-tokens.ts';
import { tokenize } from '../../src/language/lexer/tokenize.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { meaning } from './recogniser/meaning.ts';
import { carelessText, deriveScript, randomFrom } from './recogniser/sentences.ts';

const projectFolder = join(import.meta.dirname, '../..');

function format(text: string): string {
  const { text: formatted, diagnostics } = formatScript(new SourceText('test.dtcl', text));
  expect(diagnostics).toEqual([]);
  return formatted ?? '';
}

/** Where the comments stand among the tokens. */
function commentsAmongTokens(text: string): string {
  const { tokens, last } = writtenTokens(
    text,
    tokenize(new DiagnosticSink(new SourceText('x', text))).tokens.toArray(),
  );
  const texts = (comments: readonly { readonly text: string }[]): string => comments.map((one) => one.text).join('');
  return tokens.map((one) => `${texts(one.comments)}.`).join('') + texts(last);
}

test('thousands of scripts mean the same, keep their comments, and stay as they are the second time', () => {
  const random = randomFrom(2);
  let formattedCount = 0;
  for (let count = 0; count < 3000; count++) {
    const text = carelessText(random, deriveScript(random, 4 + Math.floor(random() * 60)));
    const { text: formatted } = formatScript(new SourceText('test.dtcl', text));
    if (formatted === undefined) continue;
    formattedCount++;
    expect(meaning(formatted), text).toBe(meaning(text));
    expect(commentsAmongTokens(formatted), text).toBe(commentsAmongTokens(text));
    expect(format(formatted), text).toBe(formatted);
    expect(formatted, text).not.toMatch(/[ \t]\n(?!.*""")|^\n|\n\n$/);
  }
  expect(formattedCount).toBeGreaterThan(1500);
});

describe('every example', () => {
  const files = globSync(['examples/*.dtcl', 'test/language/chunks/*.dtcl'], { cwd: projectFolder });

  test.each(files)('of %s means the same', (file) => {
    for (const text of readFileSync(join(projectFolder, file), 'utf8').split(/^---$/m)) {
      const { text: formatted } = formatScript(new SourceText(file, text));
      if (formatted !== undefined) expect(meaning(formatted)).toBe(meaning(text));
    }
  });

  test.each(files.filter((file) => file.startsWith('examples/')))('%s is already in this form', (file) => {
    const text = readFileSync(join(projectFolder, file), 'utf8');
    expect(format(text)).toBe(text);
  });
});

test('a script is laid out as reviewed', () => {
  expect(
    format(`

# head
IF TRUE THEN WRITE "x" END; Write   "y",1+2*-3 , -4   # trailing
QTASK nightly TO beta ONEXEC="/bin/true" TIMEOUT   FOREVER


queuetask b to beta onqueue = snapshot \\
     "x" timeout=5
$x=LENGTH ( [1,2,
 3 # three
   # own
] )
for $i=10 to 1 step -4 do write $i; write $i END
try
    fail "x"


    # before on
on error $e
 write {a:1,TRUE:2,"b" : - 3}.a
finally write 1; # why
end
function F ($a,$b=5)

 return NOT($a)

end
PARAM $target AS STRING = Beta "where"
wait Until F(1) = (2) every (5s) timeout 10Minutes
$con=connect sales to beta map "a" to "b" mirror attr delta orphans del
schedule nightly cron "x" timezone \\
  "Europe/Berlin" do verify 1 rep end
if $x > 1 then write "aaaaaaaaaaaaaaaaaaaaaaaaaaaa" else if $x > 2 then write "bbbbbbbbbbbbbbbbbbbbbbb" else write "cc" end
ON Mirror.Completed From $con do
write 1 end
queuetask q to beta onqueue = do write 1
end timeout=5 onexecute = do write 2 end
# last`),
  ).toMatchSnapshot();
});

test('what does not parse is refused with what is wrong', () => {
  const { text, diagnostics } = formatScript(new SourceText('test.dtcl', 'if true then\nwrite 1'));
  expect(text).toBeUndefined();
  expect(diagnostics.map((one) => one.code)).toEqual(['U0204']);
});

test('words of a command that is not understood stay as they are', () => {
  expect(format('Conect  Sales TO beta')).toBe('Conect Sales TO beta\n');
});

test('any blank is a blank: what a finding of the fuzzer changed the meaning of', () => {
  const texts = [
    '$a = QUIT \u00a0# why',
    'wait \u00a0for mirror 1 timeout 10\u00a0minutes',
    'try\non\u00a0error\nend',
    'write \u00a0\\\n1',
  ];
  for (const text of texts) {
    expect(meaning(format(text))).toBe(meaning(text));
    expect(format(text)).not.toContain('\u00a0');
  }
});

test('ELSE IF and ON ERROR $e stay one clause, however they are broken', () => {
  const text = 'if true then\nelse \\\n  if false then\nend\ntry\non error \\\n $e\n  write $e\nend\n';
  expect(meaning(format(text))).toBe(meaning(text));
  expect(format(text)).toContain('else if false then\n');
  expect(format(text)).toContain('on error $e\n');
});
