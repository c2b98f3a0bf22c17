// How the tests run: everything below test/, each file in a process of its own, two at a time.
import { defineConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';

/** Ends a run with the count of its tests on one plain line, for programs that read the output. */
const countReporter: Reporter = {
  onTestRunEnd(modules) {
    const states = modules.flatMap((module) => Array.from(module.children.allTests(), (test) => test.result().state));
    const count = (state: string): number => states.filter((one) => one === state).length;
    console.log(`tests: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  },
};

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // They end what hangs, and measure nothing: the machine may be doing other things.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 120_000 } },
    reporters: ['default', countReporter],
  },
});
