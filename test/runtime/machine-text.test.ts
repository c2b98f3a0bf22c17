// Points in time as programs read them.
import { expect, it } from 'vitest';
import type { z } from 'zod';
import type { ServerEvent } from '../../src/model/event.ts';
import { failoverReport, monitorReport } from '../../src/model/shapes/failover-shapes.ts';
import { snapshotReport, verifyReport } from '../../src/model/shapes/job-report-shapes.ts';
import { time } from '../../src/model/shapes/plain-shapes.ts';
import {
  credentialReport,
  livePathReport,
  scheduleReport,
  serverEvent,
  serverReport,
} from '../../src/model/shapes/server-shapes.ts';
import { taskReport } from '../../src/model/shapes/task-shapes.ts';
import { instantNames, machineEvent, machineText } from '../../src/runtime/text/machine-text.ts';
import { refuseBareTimes } from '../support/machine-output.ts';

const startMs = Date.parse('2026-01-01T00:00:00Z');
const start = '2026-01-01T00:00:00.000Z';

it('are texts without a unit in their name, at any depth, and what lasts stays a number with its unit', () => {
  const told = { startedMs: startMs, endedMs: null, entries: [{ timeMs: startMs + 1, remainingMs: 5 }], text: 'x' };
  expect(machineText(told)).toEqual({
    started: start,
    ended: null,
    entries: [{ time: '2026-01-01T00:00:00.001Z', remainingMs: 5 }],
    text: 'x',
  });
  expect(machineText({ timeMs: 1e300 })).toEqual({ time: null });
});

it('of an event come with its name', () => {
  const event: ServerEvent = { id: 5001, severity: 'warning', timeMs: startMs, message: 'lost' };
  expect(machineEvent(event)).toEqual({
    id: 5001,
    name: 'link.lost',
    severity: 'warning',
    time: start,
    message: 'lost',
  });
});

it('are all that the shapes of the reports call a time, and nothing that they do not', () => {
  const shapes: readonly z.ZodType[] = [
    ...[serverReport, serverEvent, scheduleReport, credentialReport, livePathReport],
    ...[failoverReport, monitorReport, snapshotReport, verifyReport, taskReport],
  ];
  const found = new Map<string, boolean>();
  for (const shape of shapes) fieldsOf(shape, (name, isTime) => found.set(name, isTime));
  const times = [...found].filter(([, isTime]) => isTime).map(([name]) => name);
  expect(times.length).toBeGreaterThan(10);
  expect(times.filter((name) => !instantNames.some((one) => one === name))).toEqual([]);
  expect(instantNames.filter((name) => found.get(name) === false)).toEqual([]);
});

/** Tells of each field whether it is a point in time. */
function fieldsOf(shape: unknown, tell: (name: string, isTime: boolean) => void): void {
  const { def } = (shape as z.core.$ZodType)._zod;
  const { shape: fields, innerType, element, options } = def as unknown as Partial<Record<string, unknown>>;
  for (const inner of [innerType, element, ...((options ?? []) as unknown[])]) if (inner) fieldsOf(inner, tell);
  for (const [name, field] of Object.entries(fields ?? {})) {
    tell(name, bare(field) === time);
    fieldsOf(field, tell);
  }
}

function bare(shape: unknown): unknown {
  const { innerType } = (shape as z.core.$ZodType)._zod.def as { readonly innerType?: unknown };
  return innerType === undefined ? shape : bare(innerType);
}

it('are held to this by the command lines of all tests', () => {
  refuseBareTimes(`{"started": "${start}", "jobs": [{"remainingMs": 5}], "totalBytes": ${startMs}}\nno JSON`);
  for (const name of ['started', 'timeMs', 'connectedSince', 'pairedAt'])
    expect(() => refuseBareTimes(`text\n{"jobs": [{"${name}": ${startMs}}]}`), name).toThrow(/has to be ISO 8601/);
});
