// The shortest history that still breaks the same invariant: pieces of the scenario are left out, halves first, single lines
// last, as long as what is left still fails in the same way.
import { type Defects, play, type Scenario } from '../scenario/play.ts';
import type { Invariant } from '../world/broken.ts';

/** @param playsMax How often the scenario may be played for it. */
export async function shrink(
  scenario: Scenario,
  invariant: Invariant,
  defects: Defects,
  playsMax = 400,
): Promise<Scenario> {
  let lines = scenario.lines;
  let plays = 0;
  for (
    let size = Math.ceil(lines.length / 2);
    size >= 1 && plays < playsMax;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < lines.length && plays < playsMax; ) {
      const shorter = [...lines.slice(0, at), ...lines.slice(at + size)];
      plays += 1;
      if (await stillFails({ seed: scenario.seed, lines: shorter }, invariant, defects)) lines = shorter;
      else at += size;
    }
  }
  return { seed: scenario.seed, lines };
}

/** False also for a history that cannot be played, because it speaks of a job or server that was left out. */
async function stillFails(scenario: Scenario, invariant: Invariant, defects: Defects): Promise<boolean> {
  try {
    const { broken } = await play(scenario, defects);
    return broken?.invariant === invariant && !/there is no (job|server)/.test(broken.detail);
  } catch {
    return false;
  }
}
