// Collects rejections of promises that nobody waits for: in a simulated history each is a defect of the engine.
import type { Defects } from '../simulator/scenario/play.ts';

export const processDefects: Defects = {
  listen(tell) {
    const listener = (thrown: unknown): void => tell(thrown instanceof Error ? thrown : new Error(String(thrown)));
    process.on('unhandledRejection', listener);
    return () => process.off('unhandledRejection', listener);
  },
};
