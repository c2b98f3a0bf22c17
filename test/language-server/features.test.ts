// What the language server knows of a script, without the protocol. The cursor is ▮.
import { describe, expect, test } from 'vitest';
import { handleProperties } from '../../src/language/catalogue/definition/handle-properties.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';
import { type Analysis, analyse } from '../../src/language-server/analysis.ts';
import { formattingEdit } from '../../src/language-server/formatting.ts';
import { hoverAt } from '../../src/language-server/hover.ts';
import { completionsIn } from '../../src/language-server/names/completions.ts';
import { definitionAt, knownNamesAt } from '../../src/language-server/names/names-in-files.ts';
import { foldings, outline } from '../../src/language-server/outline.ts';
import { quickFix } from '../../src/language-server/quick-fixes.ts';
import { semanticTokens } from '../../src/language-server/semantic-tokens.ts';
import { type Signature, signatureAt } from '../../src/language-server/signature.ts';

function marked(text: string): { readonly analysis: Analysis; readonly offset: number } {
  return { analysis: analyse('test.dtcl', text.replace('▮', '')), offset: text.indexOf('▮') };
}

const script = `# tries a few times
# and gives up
function retry($times = 3, $wait = 5s)
  for $i = 1 to $times do
    ping beta
  end
end
$con = connect sales to beta map exact
`;

describe('hover', () => {
  function hover(text: string): string | undefined {
    const { analysis, offset } = marked(text);
    return hoverAt(analysis, offset)?.markdown;
  }

  test.each([
    ['con▮nect sales to beta map exact', /^```dtcl\nCONNECT .*\n\nConnects a saved replication set/s],
    ['connect sales to beta ma▮p exact', /EXACT for the same paths/],
    ['connect sales to beta map exa▮ct', /EXACT for the same paths/],
    ['connect sales to be▮ta map exact', /the target/],
    ['qtask x to beta onexecute = snaps▮hot "y"', /Takes a snapshot/],
    [
      `${script}status con $c▮on`,
      /^```dtcl\n\$con: connection\n```\nGiven its first value in line 8:\n```dtcl\n\$con = connect/,
    ],
    [
      `${script}write "🎭 ${'${'}ret▮ry(2)}"`,
      /^```dtcl\nretry\(\$times = 3, \$wait = 5s\)\n```\ntries a few times\nand gives up$/,
    ],
    ['write len▮gth("x")', /^```dtcl\nlength\(.*\): integer\n```\nhow many/],
    ['wh▮ile true do\nend', /^```dtcl\nWHILE condition DO/],
    ['write $lo▮st', /never gives it a value/],
  ])('%s', (text, expected) => {
    expect(hover(text)).toMatch(expected);
  });

  test('says nothing where there is nothing to say', () => {
    expect(hover('wait 5▮ s')).toBeUndefined();
    expect(hover('# con▮nect')).toBeUndefined();
  });
});

describe('properties', () => {
  function properties(text: string): readonly string[] {
    const { analysis, offset } = marked(text);
    return completionsIn(analysis, offset).candidates.map((one) => one.text);
  }

  test.each<[string, readonly string[]]>([
    [`${script}write $con.so▮`, ['source']],
    [`${script}write $con.mirror.re▮\nwrite "done"`, ['remaining']],
    [`${script}write "at ${'${'}con.queue.▮ MB"`, ['bytes', 'operations', 'memory', 'disk']],
    [`${script}if true then\n  wait until $con.target.▮`, ['name', 'state']],
    [`${script}$x = (if $con.▮`, Object.keys(handleProperties.connection)],
    [`${script}$x = (if true then $con.queue.▮`, ['bytes', 'operations', 'memory', 'disk']],
    ['$s = snapshot("x")\n$t = $s\n$t.ta▮', ['taken']],
    ['$task = qtask x to beta onexecute = snapshot "y"\nwrite $task.onexecute.ex▮', ['exitcode']],
    ['function f($x)\n  $s = snapshot("x")\n  $s.st▮\nend', ['state']],
    ['schedule nightly cron "0 2 * * *" do\n  $s = snapshot("x")\n  write $s.st▮\nend', ['state']],
  ])('%s', (text, expected) => {
    expect(properties(text)).toEqual(expected);
  });

  test.each([
    '$n = 5\nwrite $n.▮',
    'write $nothing.▮',
    `${script}write $con.id.▮`,
    `${script}write $con.paths[0].▮`,
    `${script}write '${'${'}con.▮`,
    'for each $c in [1] do\n  write $c.▮',
    '$s = 1\nif true then\n  $s = snapshot("x")\nend\nwrite $s.▮',
  ])('none of %s', (text) => {
    expect(properties(text)).toEqual([]);
  });

  test('those of what an included file gives', () => {
    const read = (): { readonly file: string; readonly text: string } => ({ file: 'other.dtcl', text: script });
    const text = 'include "other.dtcl"\nwrite $con.so';
    const found = completionsIn(analyse('test.dtcl', text, read), text.length, read);
    expect(found.candidates).toEqual([{ text: 'source', kind: 'property' }]);
  });
});

describe('signature help', () => {
  function signature(text: string): Signature | undefined {
    const { analysis, offset } = marked(text);
    return signatureAt(analysis, offset);
  }
  const active = (text: string): string | undefined => {
    const found = signature(text);
    return found?.active === undefined ? undefined : found.parameters[found.active]?.label;
  };

  test.each([
    [`${script}write retry(▮`, '$times = 3'],
    [`${script}write retry(upper("a"), ▮`, '$wait = 5s'],
    ['write replace("a", [1, 2], ▮)', 'string'],
    ['connect sales to ▮', 'TO <target>'],
    ['$c = connect ▮', '<repset>'],
    ['if true then connect sales to beta map ▮', 'MAP EXACT'],
  ])('%s', (text, expected) => {
    expect(active(text)).toContain(expected);
  });

  test('labels its parameters with parts of its own label', () => {
    const found = signature('connect sales ▮');
    for (const { label } of found?.parameters ?? []) expect(found?.label).toContain(label);
    expect(found?.help).toContain('Connects');
  });

  test.each(['▮', 'write (1 + ▮', 'write unknown(▮', 'dance ▮'])('there is none at %s', (text) => {
    expect(signature(text)).toBeUndefined();
  });
});

describe('colours', () => {
  const colours = (text: string): string[] =>
    semanticTokens(analyse('test.dtcl', text).reading).map((one) => `${text.slice(one.start, one.end)}:${one.type}`);

  test('know commands, options and choices by the catalogue', () => {
    expect(colours('$c = connect sales to beta mirror data delta')).toEqual([
      '$c:variable',
      'connect:macro',
      'to:parameter',
      'mirror:parameter',
      'data:enumMember',
      'delta:enumMember',
    ]);
  });

  test('know the inside of strings, and split what goes over lines', () => {
    expect(colours('write "ä $x 🎭 ${upper($y)}!", """a\nb $x"""')).toEqual([
      'write:keyword',
      '"ä :string',
      '$x:variable',
      ' 🎭 ${:string',
      'upper:function',
      '$y:variable',
      '}!":string',
      '"""a:string',
      'b :string',
      '$x:variable',
      '""":string',
    ]);
  });

  test('know statements', () => {
    expect(colours('param $n as integer = 5\nif not $n > 3 then\nend')).toEqual([
      'param:keyword',
      '$n:variable',
      'as:keyword',
      'integer:type',
      '5:number',
      'if:keyword',
      'not:keyword',
      '$n:variable',
      '>:operator',
      '3:number',
      'then:keyword',
      'end:keyword',
    ]);
  });
});

describe('the shape', () => {
  const text = `${script}schedule nightly cron "0 2 * * *" do\n  verify $con\nend\n`;

  test('lists functions, variables and schedules', () => {
    expect(outline(analyse('test.dtcl', text)).map((one) => `${one.kind} ${one.name} ${one.detail}`)).toEqual([
      'function retry ($times = 3, $wait = 5s)',
      'variable $con connection',
      'command nightly SCHEDULE',
    ]);
  });

  test('folds blocks and comments', () => {
    expect(foldings(analyse('test.dtcl', text))).toEqual([
      { startLine: 1, endLine: 2, kind: 'comment' },
      { startLine: 3, endLine: 6, kind: 'block' },
      { startLine: 4, endLine: 5, kind: 'block' },
      { startLine: 9, endLine: 10, kind: 'block' },
    ]);
  });
});

describe('a quick fix makes of', () => {
  function fixed(text: string): string {
    const { source, diagnostics } = analyse('test.dtcl', text);
    const fixes = diagnostics.flatMap((one) => quickFix(one, source) ?? []);
    return fixes.reduceRight(
      (edited, { range, text: by }) => edited.slice(0, range.start) + by + edited.slice(range.end),
      text,
    );
  }

  test.each([
    ['conect sales to beta map exact', 'CONNECT sales to beta map exact'],
    ['$con = 1\nwrite "ö ${cno}", $con', '$con = 1\nwrite "ö ${con}", $con'],
    ['write lenght("x")', 'write length("x")'],
    ['connect sales to beta map exact mirror data dleta', 'connect sales to beta map exact mirror DATA DELTA dleta'],
    ['if true\n  write 1\nend', 'if true THEN\n  write 1\nend'],
    ['write (1 + 2', 'write (1 + 2)'],
    ['write "open', 'write "open"'],
    ['write 1\nend', 'write 1\n'],
    ['wait for mirror 1\n  timeout 5m', 'wait for mirror 1 \\\n  timeout 5m'],
    ['connect sales to beta\n\tmap exact\n\troute delta', 'connect sales to beta \\\n\tmap exact \\\n\troute delta'],
  ])('%s', (text, expected) => {
    expect(fixed(text)).toBe(expected);
  });
});

describe('what is included', () => {
  const files: Readonly<Record<string, string>> = {
    'common.dtcl': '$shared = 5m\n# says hello\nfunction greet($name)\n  $inner = 1\nend\ninclude "more.dtcl"\n',
    'more.dtcl': '$more = 1\ninclude "common.dtcl"\n',
  };
  const read = (path: string): { file: string; text: string } | { reason: string } => {
    const text = files[path];
    return text === undefined ? { reason: 'it is not there' } : { file: path, text };
  };
  const text = 'include "common.dtcl"\nwrite $shared, $more\n$own = greet("x")\n';
  const analysis = analyse('test.dtcl', text, read);
  const definition = (place: string): string | undefined => {
    const found = definitionAt(analysis, text.indexOf(place) + 1, read);
    return found && `${found.source.file} ${found.source.slice(found.range)}`;
  };

  test('is known', () => {
    const { variables, functions } = knownNamesAt(analysis, text.length);
    expect([...variables]).toEqual(expect.arrayContaining(['own', 'shared', 'more']));
    expect([...variables]).not.toContain('inner');
    expect([...functions]).toEqual(['greet']);
    expect(hoverAt(analysis, text.indexOf('greet'))?.markdown).toMatch(/greet\(\$name\)\n```\nsays hello/);
  });

  test('is found', () => {
    expect(['$shared', '$more', 'greet', '$own', '"common'].map(definition)).toEqual([
      'common.dtcl shared',
      'more.dtcl more',
      'common.dtcl greet',
      'test.dtcl own',
      'common.dtcl ',
    ]);
    expect(definitionAt(analyse('test.dtcl', 'include "none"', read), 10, read)).toBeUndefined();
  });
});

test('a task in JavaScript is a function with a body that is not looked into', () => {
  const text = 'task rotate($path) in javascript """\n  return $path + "$other"\n"""\n$x = rotate("a")\n';
  const analysis = analyse('test.dtcl', text);
  expect(analysis.symbols.all.map((one) => `${one.kind} ${one.name} ${one.mentions.length}`)).toEqual([
    'function rotate 2',
    'variable x 1',
  ]);
  expect(outline(analysis).map((one) => one.name)).toEqual(['rotate', '$x']);
  expect(foldings(analysis)).toEqual([{ startLine: 1, endLine: 2, kind: 'block' }]);
});

describe('formatting', () => {
  test('is one edit of what differs', () => {
    const source = new SourceText('test.dtcl', 'write "ä 🎭"\nif true then\nWRITE 1\nend\n# last\n');
    const edit = formattingEdit(source);
    expect(edit && source.text.slice(0, edit.range.start) + edit.text + source.text.slice(edit.range.end)).toBe(
      'write "ä 🎭"\nif true then\n  write 1\nend\n# last\n',
    );
    expect(edit?.text.length).toBeLessThan(10);
  });

  test.each(['write 1\n', 'write (\n'])('leaves alone what is well, or broken: %j', (text) => {
    expect(formattingEdit(new SourceText('test.dtcl', text))).toBeUndefined();
  });
});

test('no beginning of a script is too broken for any question', () => {
  const text = `${script}write "🎭 $con \${retry(1, [2])}"\nqtask x to beta onexec = snapshot "y" timeout 5\n`;
  for (let end = 0; end <= text.length; end += 3) {
    const analysis = analyse('test.dtcl', text.slice(0, end));
    expect(() => [
      hoverAt(analysis, end),
      signatureAt(analysis, end),
      semanticTokens(analysis.reading),
      outline(analysis),
      foldings(analysis),
      analysis.diagnostics.map((one) => quickFix(one, analysis.source)),
    ]).not.toThrow();
  }
});
