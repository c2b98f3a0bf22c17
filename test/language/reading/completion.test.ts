// What is offered where the cursor (▮) stands.
import { describe, expect, test } from 'vitest';
import { type Completion, completionsAt } from '../../../src/language/reading/completion.ts';

function at(marked: string): Completion {
  const offset = marked.indexOf('▮');
  return completionsAt(marked.replace('▮', ''), offset, { variables: ['con', 'count'], functions: ['retry'] });
}

const texts = (marked: string): string[] => at(marked).candidates.map((one) => one.text);

describe('offered', () => {
  test.each<[string, readonly string[]]>([
    ['rep▮', ['repset']],
    ['REP▮', ['REPSET']],
    ['repset ▮', ['create', 'list', 'rule', 'save']],
    ['REPSET ▮', ['CREATE']],
    ['repset rule add /srv in▮', ['include']],
    ['connect sales to beta mi▮', ['mirror']],
    ['connect sales to beta mirror ▮', ['attributes delta', 'attributes whole', 'data delta', 'none']],
    ['connect sales to beta mirror attr▮', ['attributes delta', 'attributes whole']],
    ['connect sales to beta mirror attributes ▮', ['delta', 'whole']],
    ['if true then wri▮', ['write']],
    ['if $con.code = 1 ▮', ['then', 'and']],
    ['IF $con.code = 1 ▮', ['THEN', 'AND']],
    ['$c = con▮', ['connect']],
    ['$c = le▮', ['length']],
    ['write (len▮', ['length']],
    ['write upper(re▮', ['retry', 'replace']],
    ['status con $▮', ['$con', '$count']],
    ['status con $co▮', ['$con', '$count']],
    ['write "a ${co▮', ['${con', '${count']],
    ['write "a ${le▮', ['${length']],
    ['write "a $co▮', ['$con', '$count']],
    ['qtask x to beta onexecute = ▮', ['snapshot', 'verify', 'dns update']],
    ['qtask x to beta onexecute = snapshot "y" ti▮', ['timeout']],
    ['qtask x to beta timeout = ▮', ['forever']],
    ['schedule nightly cron "0 2 * * *" ▮', ['timezone', 'do']],
    ['on mirror.com▮', ['mirror.completed']],
    ['on mirror.completed f▮', ['from']],
    ['every 5m ▮', ['do']],
    ['help rep▮', ['repset', 'replace']],
    ['help repset ru▮', ['rule']],
    ['help wh▮', ['while']],
    ['HELP UN▮', ['UNITS', 'UNDO']],
    ['help min▮', ['min', 'minutes']],
    ['help group fail▮', ['failover']],
    ['help on ▮', ['error']],
    ['write 1\nwait 5s\n  sta▮\nwrite 2', ['status']],
    ['connect sales to beta \\\n  or▮', ['orphans']],
  ])('%s', (marked, expected) => {
    expect(texts(marked)).toEqual(expect.arrayContaining([...expected]));
  });
});

describe('nothing is offered', () => {
  test.each(['# rep▮', 'write "rep▮', "write 'a $co▮", '$con.▮', 'write "done"▮'])('%s', (marked) => {
    expect(texts(marked)).toEqual([]);
  });
});

test('behind a value no other value is offered', () => {
  expect(texts('wait 5 ▮')).not.toContain('length');
  expect(texts('if 5 ▮')).toEqual(expect.arrayContaining(['then', 'and']));
});

test('an argument whose option was given is offered no more, and a repeatable one is', () => {
  const offered = texts('connect sales to beta map exact mirror none ▮');
  expect(offered).not.toContain('mirror');
  expect(offered).not.toContain('to');
  expect(offered).toContain('map');
});

test('the argument that may stand there is named, for live names', () => {
  const due = (marked: string): readonly string[] => at(marked).arguments.map((one) => String(one.type));
  expect(due('connect sales to ▮')).toEqual(['server']);
  expect(due('status con ▮')).toEqual(['connection']);
  expect(due('status con "sa▮')).toEqual(['connection']);
  expect(due('snapshot list on ▮')).toEqual(['connection']);
  expect(due('status con 1 ▮')).toEqual([]);
  expect(at('status con "sa▮').start).toBe('status con '.length);
});

test('what is replaced begins where the word began', () => {
  expect(at('if true then wri▮')).toMatchObject({ start: 13, candidates: [{ text: 'write', kind: 'statement' }] });
});
