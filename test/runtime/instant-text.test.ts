// Points in time as people read them.
import { expect, it } from 'vitest';
import { instantText } from '../../src/runtime/text/instant-text.ts';

it.each([
  ['2026-01-01T00:00:00Z', 'Europe/Berlin', '2026-01-01 01:00:00 CET'],
  ['2026-07-01T22:30:09.999Z', 'Europe/Berlin', '2026-07-02 00:30:09 CEST'],
  ['2026-07-01T00:00:00Z', 'UTC', '2026-07-01 00:00:00 UTC'],
  ['2026-07-01T00:00:00Z', 'America/New_York', '2026-06-30 20:00:00 GMT-4'],
])('%s in %s is %s', (instant, zone, text) => {
  expect(instantText(Date.parse(instant), zone)).toBe(text);
});

it('has the zone of the process where none is named, and prints no time as an invalid one', () => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  expect(instantText(0)).toBe(instantText(0, zone));
  expect(instantText(1e300)).toBe('1e+300 ms after 1970');
});
