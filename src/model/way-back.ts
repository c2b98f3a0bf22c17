// Texts that say what an operator does after a takeover. Refusals, STATUS, VALIDATE and PLAN all use these.

/** How to protect the live copy, and let the old source join in again without losing anything. */
export function wayBackText(source: string, target: string): string {
  return (
    `The live copy is on ${target}. To protect it on ${source}: pair both with --allow source,target; on ${source}, DISCONNECT the ` +
    `old connection and allow the old path in targets.allowedRoots; then at ${target}, SOURCE ${target} and CONNECT it TO ${source}, ` +
    'with MAP from the live path to the old one.'
  );
}

/** How the source's own data is taken again instead, while the target still has the job. */
function undoText(source: string, target: string): string {
  return `To go on with the data of ${source} instead: UNDO FAILOVER at the prompt of ${target}; the live copy is kept as a snapshot.`;
}

/** The way back where `movedTo`, which protected the live copy of `from`, has taken it over in its turn. */
export function movedOnText(from: string, movedTo: string): string {
  return (
    `${movedTo} has taken over from ${from} since, so the live copy is on ${movedTo}. To protect it on ${from} again: at the prompt ` +
    `of ${from}, DISCONNECT the old connections and LIVE RELEASE the path (LIVE LIST shows it); then SOURCE ${movedTo} and CONNECT it ` +
    `TO ${from}.`
  );
}

/** What to do about a job that `target` has taken over from `source`, wherever the live copy is by now. */
export function liveCopyText(source: string, target: string, movedTo: string | undefined): string {
  return movedTo === undefined
    ? `${wayBackText(source, target)} ${undoText(source, target)}`
    : movedOnText(target, movedTo);
}

/** How a live copy is given up for other data. `path` is for people. */
export function giveUpLiveText(target: string, path: string): string {
  return (
    `To overwrite the live copy instead: at the prompt of ${target} itself, LIVE RELEASE "${path}", then CONNECT again; ` +
    'it is kept as a snapshot.'
  );
}
