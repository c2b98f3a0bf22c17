// Assignments to parts of variables change lists and records in place when nobody else has them. Nobody may notice: random
// programs give what they give where every value is copied whenever it is read, which is what grammar/semantics.md says.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valueText } from '../../src/language/values/value-text.ts';
import { run } from './scripted-host.ts';

type Data = number | Data[] | { [name: string]: Data };
type Place = number | string;

const copy = (data: Data): Data => structuredClone(data);
const names = ['a', 'b', 'c'];

function written(value: Data): string {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, one]) => `${name}: ${written(one)}`)
    .join(', ')}}`;
}

const way = (places: readonly Place[]): string =>
  places.map((one) => (typeof one === 'number' ? `[${one}]` : `["${one}"]`)).join('');

function at(data: Data, places: readonly Place[]): Data {
  let found = data;
  for (const place of places) found = (found as Record<Place, Data>)[place] ?? 0;
  return found;
}

/** Every way into a value, that to the whole first. */
function waysInto(data: Data, before: readonly Place[] = []): readonly (readonly Place[])[] {
  if (typeof data === 'number') return [before];
  const parts: readonly [Place, Data][] = Array.isArray(data) ? [...data.entries()] : Object.entries(data);
  return [before, ...parts.flatMap(([place, part]) => waysInto(part, [...before, place]))];
}

/** Makes a program from random numbers, and carries it out with a copy at every reading. */
class Program {
  readonly lines: string[] = [];
  readonly functions: string[] = [];
  readonly state: Record<string, Data> = {};
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
    for (const name of names) this.#set(name, [[[1], 2], { f: { g: 3 } }]);
    while (this.#next < numbers.length) this.#step();
  }

  get text(): string {
    // Inside of a loop the check knows no type of a variable that the loop assigns.
    return [...this.functions, 'for $once = 1 to 1 do', ...this.lines, 'end', 'write json([$a, $b, $c])'].join('\n');
  }

  #number(below: number): number {
    return (this.#numbers[this.#next++] ?? 0) % below;
  }

  #set(name: string, value: Data): void {
    this.lines.push(`$${name} = ${written(value)}`);
    this.state[name] = copy(value);
  }

  #name(): string {
    return names[this.#number(names.length)] ?? 'a';
  }

  /** A variable, and a way to a part of it that fits. */
  #part(fits: (part: Data, places: readonly Place[]) => boolean): [string, readonly Place[]] | undefined {
    const name = this.#name();
    const data = this.state[name] ?? 0;
    const ways = waysInto(data).filter((places) => fits(at(data, places), places));
    const chosen = ways[this.#number(Math.max(1, ways.length))];
    return chosen === undefined ? undefined : [name, chosen];
  }

  #put(name: string, places: readonly Place[], value: Data): void {
    const last = places.at(-1);
    if (last === undefined) this.state[name] = value;
    else (at(this.state[name] ?? 0, places.slice(0, -1)) as Record<Place, Data>)[last] = value;
  }

  /** A value to assign: its text, and a copy of it. */
  #value(): [string, Data] {
    const from = this.#part(() => true);
    if (from === undefined || this.#number(3) === 0) {
      const value = [this.#number(9), [7]];
      return [written(value), value];
    }
    const [name, places] = from;
    const text = `$${name}${way(places)}`;
    const value = (): Data => copy(at(this.state[name] ?? 0, places));
    switch (this.#number(4)) {
      case 0:
        return [`[${text}, {f: ${text}}]`, [value(), { f: value() }]];
      case 1:
        return [`append([${text}], 8)`, [value(), 8]];
      default:
        return [text, value()];
    }
  }

  #step(): void {
    const size = JSON.stringify(this.state).length;
    const kind = size > 300 ? 0 : this.#number(12);
    if (kind === 0) this.#set(this.#name(), [[[4], 5], { f: { g: 6 } }]);
    else if (kind <= 5) this.#change();
    else if (kind <= 7) this.#assign();
    else if (kind === 8) this.#grow();
    else if (kind === 9) this.#end();
    else if (kind === 10) this.#call();
    else this.#loop();
  }

  #change(): void {
    const to = this.#part((_, places) => places.length > 0);
    if (to === undefined) return;
    const [name, places] = to;
    const isNumber = this.#number(2) === 0;
    const [text, value] = isNumber ? ['9', 9] : this.#value();
    this.lines.push(`$${name}${way(places)} = ${text}`);
    this.#put(name, places, value);
  }

  #assign(): void {
    const name = this.#name();
    const [text, value] = this.#value();
    this.lines.push(`$${name} = ${text}`);
    this.state[name] = value;
  }

  #grow(): void {
    const to = this.#part((part) => Array.isArray(part));
    if (to === undefined) return;
    const [name, places] = to;
    const [text, value] = this.#value();
    this.lines.push(`$${name}${way(places)} += [${text}]`);
    const grown = [...(at(this.state[name] ?? 0, places) as Data[]), value];
    this.#put(name, places, grown);
  }

  /** Functions that only look at what they are given, and may give a part of it. */
  #end(): void {
    const name = this.#name();
    const from = this.#part((part) => typeof part === 'object' && Object.keys(part).length > 0);
    if (from === undefined) return;
    const [other, places] = from;
    const holder = at(this.state[other] ?? 0, places);
    const text = `$${other}${way(places)}`;
    if (Array.isArray(holder)) {
      const isFirst = this.#number(2) === 0;
      this.lines.push(`$${name} = ${isFirst ? 'first' : 'last'}(${text})`);
      this.state[name] = copy(holder.at(isFirst ? 0 : -1) ?? 0);
    } else if (typeof holder === 'object') {
      const field = Object.keys(holder)[0] ?? '';
      this.lines.push(`$${name} = field(${text}, "${field}", 0)`);
      this.state[name] = copy(holder[field] ?? 0);
    }
  }

  #call(): void {
    const name = this.#name();
    const from = this.#part((_, places) => places.length > 0);
    if (from === undefined) return;
    const [other, places] = from;
    const called = `changing${this.functions.length}`;
    const part = `$given${way(places)}`;
    this.functions.push(
      `function ${called}($given)\n${part} = 7\n$kept = $given\n${part} = 8\nreturn [$given, $kept]\nend`,
    );
    this.lines.push(`$${name} = ${called}($${other})`);
    const [after, before] = [copy(this.state[other] ?? 0), copy(this.state[other] ?? 0)];
    const last = places.at(-1) ?? 0;
    (at(after, places.slice(0, -1)) as Record<Place, Data>)[last] = 8;
    (at(before, places.slice(0, -1)) as Record<Place, Data>)[last] = 7;
    this.state[name] = [after, before];
  }

  #loop(): void {
    const name = this.#name();
    const whole = this.state[name];
    if (!Array.isArray(whole) || whole.length === 0) return;
    const kept = names.find((one) => one !== name) ?? name;
    this.lines.push(`for each $one in $${name} do\n$${name}[0] = 5\n$${kept} = $one\nend`);
    this.state[kept] = copy(whole.at(-1) ?? 0);
    whole[0] = 5;
  }
}

test('random programs give what they give where every value is copied when it is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 250 }), async (numbers) => {
      const { text, state } = new Program(numbers);
      const { outcome, host } = await run(text);
      expect(outcome.diagnostics).toEqual([]);
      expect(JSON.parse(host.lines.at(-1) ?? '')).toEqual([state.a, state.b, state.c]);
    }),
    { numRuns: 1000, seed: 7 },
  );
}, 120_000);

test.each([
  ['a part that was taken, below one that was changed', '$t = $a[0]\n$a[0][1] = 7\n$a[0][0][0] = 8', '$t', '[[1], 2]'],
  ['a field that was taken', '$t = $a[1]\n$a[1].h = 7\n$a[1].f.g = 8', '$t', '{f: {g: 3}}'],
  ['an item that a function gave', '$t = first($a)\n$a[0][0][0] = 8', '$t', '[[1], 2]'],
  ['a field that a function gave', '$t = field($a[1], "f", 0)\n$a[1].f.g = 8', '$t', '{g: 3}'],
  [
    'a part of another variable',
    '$b = $a\n$b[0][0][0] = 7\n$t = $b[0]\n$a[0] = $t\n$a[0][0][0] = 8',
    '$b[0]',
    '[[7], 2]',
  ],
  ['a list that grew', '$a += [1]\n$t = $a\n$a += [2]\n$a += [3]', '$t', '[[[1], 2], {f: {g: 3}}, 1]'],
  ['a list that grows by itself', '$a += [1]\n$a += [$a]\n$a += [2]', '$a[3]', '[[[1], 2], {f: {g: 3}}, 1]'],
  ['a list that a function gave back', '$t = given($a)\n$a += [1]\n$a += [2]', '$t', '[[[1], 2], {f: {g: 3}}]'],
  ['a part of a list that grew', '$a += [1]\n$t = $a[0]\n$a += [2]\n$a[0][0][0] = 8', '$t', '[[1], 2]'],
  ['a part that moved', '$a[1] = $a[0]\n$a[0][0][0] = 8', '$a[1]', '[[1], 2]'],
  ['what a block takes along', 'schedule s cron "0 2 * * *" do write $a end\n$a[0][0][0] = 8', '$a[0]', '[[8], 2]'],
])('nobody sees a change of %s', async (_, steps, shown, printed) => {
  const before = '$a = given([[[0], 0], {f: {g: 0}}])\n$a[0][1] = 2\n$a[0][0][0] = 1\n$a[1].f.g = 3';
  const { host } = await run(`${before}\n${steps}\nwrite ${shown}\nfunction given($value) return $value end`);
  expect(host.lines).toEqual([printed]);
  const bindings = host.requests[0]?.arguments.bindings;
  if (bindings !== undefined) expect(valueText(bindings)).toBe('{a: [[[1], 2], {f: {g: 3}}]}');
});

describe('100,000 assignments cost what they cost in a short value', () => {
  const rounds = 100_000;

  test.each([
    ['items of a list', '$l = range(1, 100000)', '$l[$i] = $i * 2', 'sum($l)', '9999900000'],
    [
      'fields of a record',
      '$r = {}',
      '$k = "k${$i % 20000}"\n$r[$k] = field($r, $k, 0) + 1',
      'length(keys($r))',
      '20000',
    ],
    ['a list in a record', '$r = {list: range(1, 100000)}', '$r.list[$i] = 1', 'sum($r.list)', '100000'],
    ['records in a list', '$l = map(range(0, 99999), "row")', '$l[$i].n += 1', '$l[7].n', '8'],
    ['a list that grows', '$l = []', '$l += [$i]\n$l[length($l) - 1] = 1', 'sum($l)', '100000'],
    ['a list in a record that grows', '$r = {l: []}', '$r.l += [$i]\n$r.l[$i] += 1', 'length($r.l)', '100000'],
    [
      'records that change places',
      '$l = map(range(0, 999), "row")',
      '$t = $l[0]\n$l[0] = $l[$i % 1000]\n$l[$i % 1000] = $t',
      'length($l)',
      '1000',
    ],
    ['a parameter', '$l = more(range(1, 100000))', '', '$l[5]', '1'],
  ])('%s', async (_, before, body, shown, printed) => {
    const text = `${before}
for $i = 0 to ${rounds - 1} do
${body}
end
write ${shown}
function row($n)
  return {n: $n}
end
function more($list)
  for $i = 0 to ${rounds - 1} do $list[$i] = 1 end
  return $list
end`;
    // Copying a thousand items costs eight steps, and a hundred thousand 781.
    const { outcome, host } = await run(text, { budgets: { steps: 5 * rounds } });
    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(host.lines).toEqual([printed]);
  });
});
