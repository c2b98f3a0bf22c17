// SET: which settings of server.json it changes, how values are written, and what it refuses.
import { expect, test } from 'vitest';
import { defaultConfiguration, settingsOf, withSetting } from '../../src/runtime/stores/configuration.ts';

const configuration = defaultConfiguration('alpha');

test.each([
  ['reconnectAtStart', 'false', { reconnectAtStart: false }],
  ['RECONNECTATSTART', 'true', { reconnectAtStart: true }],
  ['remirror', 'off', { remirror: 'off' }],
  ['remirror', 'none', { remirror: 'none' }],
  ['calculateSize', 'false', { calculateSize: false }],
  ['rootCheckSeconds', '30', { rootCheckSeconds: 30 }],
  ['queue.alertPercent', '60', { queue: { ...configuration.queue, alertPercent: 60 } }],
])('%s %s', (name, value, change) => {
  expect(withSetting(configuration, name, value)).toEqual({ ...configuration, ...change });
  expect(settingsOf(configuration).find((one) => one.name.toLowerCase() === name.toLowerCase())?.changeable).toBe(true);
});

test.each([
  ['remirror', 'sometimes', 'SETTING-INVALID'],
  ['reconnectAtStart', 'perhaps', 'SETTING-INVALID'],
  ['reconnectAtStart', '1', 'SETTING-INVALID'],
  ['tasks.enabled', 'true', 'SETTING-FIXED'],
  ['colour', 'red', 'SETTING-UNKNOWN'],
])('%s %s is refused', (name, value, code) => {
  expect(() => withSetting(configuration, name, value)).toThrow(expect.objectContaining({ code }));
});
