// A filter's process whose listener writes each change as a line of JSON, to the file that is its parameter.
import { openSync, writeSync } from 'node:fs';
import type { ChangeListener } from '../../../src/platform/filter-capture/change-listener.ts';
import { runFilter } from '../../../src/platform/filter-capture/loop/run-filter.ts';
import type { RecordedChange } from './recorded-change.ts';

runFilter((parameter): ChangeListener => {
  const file = openSync(parameter, 'a');
  const record = (change: RecordedChange): void => {
    writeSync(file, `${JSON.stringify(change)}\n`);
  };
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    created: ({ root, path }, { kind, mode, userId, groupId, specialDevice }, target) =>
      record({ what: 'created', root, path, kind, mode, userId, groupId, specialDevice, target: target ?? '' }),
    wrote: ({ root, path }, offset, bytes, start, length) =>
      record({ what: 'wrote', root, path, offset, data: base64(bytes.subarray(start, start + length)) }),
    resized: ({ root, path }, size) => record({ what: 'resized', root, path, size }),
    zeroed: ({ root, path }, offset, length) => record({ what: 'zeroed', root, path, offset, length }),
    attributesChanged: ({ root, path }, { mode, userId, groupId, modifiedNs }) =>
      record({ what: 'attributes', root, path, mode, userId, groupId, modifiedNs: String(modifiedNs) }),
    extendedAttributeChanged: ({ root, path }, name, value) =>
      record({ what: 'extended', root, path, name, value: value === undefined ? null : base64(value) }),
    linked: ({ root, path }, to) => record({ what: 'linked', root, path, to: to.path }),
    renamed: ({ root, path }, to, isExchange) => record({ what: 'renamed', root, path, to: to.path, isExchange }),
    removed: ({ root, path }, kind) => record({ what: 'removed', root, path, kind }),
    changedUnnamed: (root) => record({ what: 'unnamed', root, path: '' }),
    closedAfterWriting: ({ root, path }) => record({ what: 'closed', root, path }),
    syncAsked: (object) => record({ what: 'sync', root: object?.root ?? 0, path: object?.path ?? '' }),
  };
});
