// What mirrors by itself when a job is connected again: after a restart of its source, or when its stream could not be trusted any
// more (guide, ch. 10, Behavior when automatically remirroring).
import { mirrorMethods } from '../stream/marker.ts';

/**
 * `auto`: after a restart the method of the job, otherwise one that compares content. `off`: no mirror begins by itself; until
 * somebody starts one the job says that it is required.
 */
export const remirrorChoices = ['auto', ...mirrorMethods, 'off'] as const;
export type RemirrorChoice = (typeof remirrorChoices)[number];
