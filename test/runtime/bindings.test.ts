import { expect, it } from 'vitest';
import {
  datetime,
  duration,
  handle,
  list,
  none,
  percent,
  record,
  secret,
  size,
} from '../../src/language/values/value.ts';
import { readBindings, writeBindings } from '../../src/runtime/values/bindings.ts';

it('keeps every kind of value', () => {
  const values = {
    count: 5,
    name: 'sales "2"',
    yes: true,
    nothing: none,
    wait: duration(5000),
    limit: size(1024),
    share: percent(50),
    when: datetime(0),
    list: list([1, list(['a'])]),
    nested: record({ __proto__x: 1, con: handle('connection', 'job-1', 3) }),
  };
  expect(Object.fromEntries(readBindings(writeBindings(record(values))))).toEqual(values);
});

it('does not keep a secret, however deep', () => {
  const hidden = record({ outer: list([record({ password: secret('let me in') })]) });
  expect(() => writeBindings(hidden)).toThrow('a block that runs later cannot keep the secret in $outer');
});

it('takes nothing that it has not written', () => {
  expect(() => readBindings('[["a",{"kind":"secret","text":"x"}]]')).toThrow();
  expect(() => readBindings('{}')).toThrow();
});
