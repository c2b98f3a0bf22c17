// What an operator does after a takeover, in the words that every text about one uses: refusals, STATUS, VALIDATE, PLAN.

/** How the live copy is protected, and the old source joins in again without losing anything. */
export function wayBackText(source: string, target: string): string {
  return (
    `The live copy is on ${target}. To protect it on ${source}: pair both with --allow source,target; on ${source}, DISCONNECT the ` +
    `old connection and allow the old path in targets.allowedRoots; then at ${target}, SOURCE ${target} and CONNECT it TO ${source}, ` +
    'with MAP from the live path to the old one.'
  );
}

/** How a live copy is given up for other data. `path` is for people. */
export function giveUpLiveText(target: string, path: string): string {
  return (
    `To overwrite the live copy instead: at the prompt of ${target} itself, LIVE RELEASE "${path}", then CONNECT again; ` +
    'it is kept as a snapshot.'
  );
}
