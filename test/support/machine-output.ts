// What a program reads may hold no bare point in time: `{"started": 1767225600000}` leaves its reader to guess the unit.

/** Fields whose numbers are points in time or durations, which are told apart by their size. */
const timeName = /(?:time|at|since|ms|started|ended|finished)$/i;
/** Three years, in milliseconds: no duration is longer, and each point in time of a test is. */
const durationMaxMs = 1e11;

/** Throws for each line of output that is a JSON object, and has a point in time as a number. */
export function refuseBareTimes(output: string): void {
  for (const line of output.split('\n')) if (line.startsWith('{')) look(parsed(line), line);
}

function look(value: unknown, line: string): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, one] of Object.entries(value)) {
    if (typeof one === 'number' && Math.abs(one) > durationMaxMs && timeName.test(name))
      throw new Error(`${name} is ${one} in what programs read, and has to be ISO 8601: ${line}`);
    look(one, line);
  }
}

/** Undefined for what only looks like JSON. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
