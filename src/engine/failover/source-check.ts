// One check of a source by several probes at once, and what they say together. A probe that could not be made, because its
// program may not run or no echo may be sent, says nothing about the source: it is never the reason for a failover.
import type { ProbeRule } from '../../model/report.ts';

export type CheckResult =
  | { readonly says: 'there' }
  | { readonly says: 'gone'; readonly reason: string }
  /** Nothing is known: the source was not asked. */
  | { readonly says: 'nothing'; readonly reason: string };

export const there: CheckResult = { says: 'there' };

export function gone(reason: string): CheckResult {
  return { says: 'gone', reason };
}

/** Never rejects. When the signal is aborted, its answer is not wanted any more. */
export type Check = (signal: AbortSignal) => Promise<CheckResult>;

/**
 * Makes all the checks at once, and ends those that cannot change the answer any more. With `all` the source is gone when all say
 * so, with `any` when one does; a check that says nothing leaves it open, unless another decides.
 */
export async function checkTogether(
  checks: readonly Check[],
  rule: ProbeRule,
  signal: AbortSignal,
): Promise<CheckResult> {
  const ended = new AbortController();
  const deciding: CheckResult['says'] = rule === 'all' ? 'there' : 'gone';
  const asked = checks.map((check) => check(AbortSignal.any([signal, ended.signal])));
  const first = Promise.withResolvers<CheckResult>();
  for (const one of asked) {
    void one.then((result) => {
      if (result.says === deciding) first.resolve(result);
    });
  }
  const answer = await Promise.race([first.promise, Promise.all(asked).then((results) => together(results, deciding))]);
  ended.abort();
  return answer;
}

function together(results: readonly CheckResult[], deciding: CheckResult['says']): CheckResult {
  const open = results.find(({ says }) => says === deciding) ?? results.find(({ says }) => says === 'nothing');
  if (open !== undefined) return open;
  const reasons = results.flatMap((one) => (one.says === 'there' ? [] : [one.reason]));
  return reasons.length === 0 ? there : gone(reasons.join('; '));
}
