// The world of a server on a boundary that does nothing but end: every call is made at once, and none is refused.
import type { BoundaryRules } from '../../src/simulator/world/boundary.ts';

export const calmRules: BoundaryRules = {
  refusal: () => undefined,
  delay: () => undefined,
  defect: (thrown) => {
    throw thrown;
  },
  sleep: async () => undefined,
};
