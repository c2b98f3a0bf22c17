// What a monitor is asked for in tests: each second whether the source's server answers; three failures fail over.
import type { MonitorSpecification } from '../../src/model/report.ts';

export function monitorOf(jobId: string, changes: Partial<MonitorSpecification> = {}): MonitorSpecification {
  return {
    name: 'watch',
    jobId,
    probe: { type: 'service' },
    intervalMs: 1000,
    condition: { type: 'failures', count: 3 },
    waitForUser: false,
    failover: { type: 'live', queue: 'apply' },
    dns: [],
    ...changes,
  };
}
