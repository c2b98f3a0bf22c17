// Names and where they are mentioned, in whole scripts and in broken ones.
import { describe, expect, test } from 'vitest';
import { readScript } from '../../../src/language/reading/script-reading.ts';
import { type ScriptSymbol, Symbols } from '../../../src/language/reading/symbols.ts';

const script = `param $target as string = "beta"
$con = connect sales to $target map exact
function retry($times = 3)
  for $i = 1 to $times do
    ping $target
    $last = $i
  end
  return $last
end
for each $path in ["ä", "🎭 \${con.mirror.percent} $path"] do
  write "$path: \${upper($path)} \${path}", retry(2)
end
try
  ping beta
on error $problem
  write $problem.message
end
$last = 5m
`;

const symbols = (text: string): Symbols => new Symbols(readScript('test.dtcl', text));

function symbolAt(text: string, place: string, within = 1): ScriptSymbol | undefined {
  return symbols(text).at(text.indexOf(place) + within)?.symbol;
}

function spelled(text: string, symbol: ScriptSymbol | undefined): string[] {
  return (symbol?.mentions ?? []).map((one) => text.slice(one.start, one.end));
}

describe('the mentions', () => {
  test('of a variable, in strings and braces too', () => {
    const path = symbolAt(script, '$path');
    expect(spelled(script, path)).toEqual(['path', 'path', 'path', 'path', 'path']);
    expect(path?.mentions.map((one) => one.defines)).toEqual([true, false, false, false, false]);
    expect(spelled(script, symbolAt(script, '$con '))).toEqual(['con', 'con']);
    expect(symbolAt(script, '$problem')?.mentions).toHaveLength(2);
  });

  test('of a function', () => {
    const retry = symbolAt(script, 'retry(2)');
    expect(spelled(script, retry)).toEqual(['retry', 'retry']);
    expect(retry?.mentions[0]).toMatchObject({ start: script.indexOf('retry'), defines: true });
  });

  test('keep apart what a function owns from what the script owns', () => {
    expect(symbolAt(script, '$last = $i')?.mentions).toHaveLength(2);
    expect(symbolAt(script, '$last = 5m')?.mentions).toHaveLength(1);
    expect(symbolAt(script, '$times')?.mentions).toHaveLength(2);
    expect(symbolAt(script, 'ping $target', 6)?.mentions).toHaveLength(3);
  });

  test('survive what is broken around them', () => {
    const broken = '$con = connect sales to\nif $con. then (\nwrite length($con\n$y = [$con';
    expect(spelled(broken, symbolAt(broken, '$con ')).length).toBeGreaterThanOrEqual(2);
  });
});

test('types are known where the text alone tells them', () => {
  const typeOf = (place: string): string | undefined => symbolAt(script, place)?.mentions.find((one) => one.type)?.type;
  expect(['$target', '$con ', '$last = 5m', '$path'].map(typeOf)).toEqual([
    'string',
    'connection',
    'duration',
    undefined,
  ]);
});

test('variables that can be used depend on the place', () => {
  const known = symbols(script);
  expect(known.variablesAt(script.indexOf('ping $target'))).toEqual(
    expect.arrayContaining(['target', 'con', 'times', 'i', 'last', 'path', 'problem']),
  );
  expect(known.variablesAt(script.length)).not.toContain('i');
});

describe('a new name is refused when', () => {
  test.each([
    ['$con ', '2con', 'is no name'],
    ['$con ', 'target', 'there is already a variable $target'],
    ['$target', 'times', 'there is already a variable $times'],
    ['$times', 'target', 'there is already a variable $target'],
    ['retry', 'upper', 'is a built-in function'],
    ['retry', 'AND', 'is a word of the language'],
    ['retry', 'Verify', 'VERIFY begins a command'],
  ])('%s becomes %s', (place, name, reason) => {
    const known = symbols(script);
    const symbol = known.at(script.indexOf(place) + 1)?.symbol;
    expect(symbol && known.obstacleToRename(symbol, name)).toContain(reason);
  });

  test('and taken otherwise', () => {
    const known = symbols(script);
    const [con, retry] = ['$con ', 'retry'].map((place) => known.at(script.indexOf(place) + 1)?.symbol);
    expect(con && known.obstacleToRename(con, 'link')).toBeUndefined();
    expect(con && known.obstacleToRename(con, 'times')).toBeUndefined();
    expect(retry && known.obstacleToRename(retry, 'again')).toBeUndefined();
  });
});

test('a handler has its $event, which keeps its name', () => {
  const text = 'on mirror.completed from $con do\n  write $event.message\nend\nif true then\n  write 1\nend\n';
  const known = symbols(text);
  expect(known.variablesAt(text.indexOf('write'))).toContain('event');
  expect(known.variablesAt(text.length)).not.toContain('event');
  expect(known.variablesAt(text.indexOf('write 1'))).not.toContain('event');
  const event = known.at(text.indexOf('$event') + 1)?.symbol;
  expect(event && known.obstacleToRename(event, 'other')).toBe('$event has its name from ON');
});

test('every beginning of a script can be read', () => {
  for (let end = 0; end <= script.length; end++) expect(() => symbols(script.slice(0, end))).not.toThrow();
});
