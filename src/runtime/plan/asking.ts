// `plan --ask`: asks the servers of a plan what stands in its way. Only calls that read are made, and only they could be:
// each server is limited to monitor access first. A server that does not answer is a finding like any other.
import { asFailure } from '../../base/failure.ts';
import { displayPath, isWithin } from '../../base/raw-path.ts';
import { size } from '../../language/values/value.ts';
import { valueText } from '../../language/values/value-text.ts';
import type { JobSpecification } from '../../model/job.ts';
import { withAccess } from '../contract/access.ts';
import type { Server, ServerMethod } from '../contract/server.ts';

/** A call of the plan that would change a server. */
export interface PlannedCall {
  readonly server: string;
  readonly method: ServerMethod;
  readonly given: readonly unknown[];
}

/** One line for each thing that was found, in the order of the servers. Never rejects. */
export async function askServers(
  names: readonly string[],
  calls: readonly PlannedCall[],
  get: (name: string) => Promise<Server>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names) {
    try {
      const server = await get(name);
      found.push(
        ...(await askOne(withAccess(server, { level: 1 }), server.access, calls)).map((line) => `${name} ${line}`),
      );
    } catch (error) {
      found.push(`${name} cannot be asked: ${asFailure(error, 'ask the server', name).message}`);
    }
  }
  return found;
}

async function askOne(
  server: Server,
  access: Server['access'],
  calls: readonly PlannedCall[],
): Promise<readonly string[]> {
  await server.information.report();
  const own = calls.filter((one) => one.server.toLowerCase() === server.name.toLowerCase());
  const { freeBytes } = await server.information.space();
  const free = `answers, with ${valueText(size(freeBytes - (freeBytes % 1_048_576)))} free where its home is`;
  const taken = [...(await takenNames(server, own)), ...(await livePaths(server, calls))];
  return [free, ...(await refusedCalls(access, own)), ...taken];
}

/** Asked of the server as it is, because the limit to monitor access would refuse every change. */
async function refusedCalls(access: Server['access'], own: readonly PlannedCall[]): Promise<readonly string[]> {
  const methods = [...new Set(own.map((one) => one.method))];
  const allowed = await Promise.all(methods.map((method) => access.allows(method)));
  return methods.filter((_, index) => allowed[index] === false).map((method) => `does not allow ${method}`);
}

async function takenNames(server: Server, own: readonly PlannedCall[]): Promise<readonly string[]> {
  const namesOf = (method: ServerMethod): readonly string[] =>
    own.filter((one) => one.method === method).map(({ given }) => (given[0] as { readonly name: string }).name);
  const kinds = [
    ['connection', namesOf('jobs.connect'), async () => (await server.jobs.list()).map((one) => one.name)],
    ['monitor', namesOf('monitors.create'), async () => (await server.monitors.list()).map(nameOf)],
    ['schedule', namesOf('schedules.add'), async () => (await server.schedules.list()).map(nameOf)],
  ] as const;
  const lines: string[] = [];
  for (const [kind, wanted, list] of kinds) {
    if (wanted.length === 0) continue;
    const there = new Set((await list()).map((one) => one.toLowerCase()));
    lines.push(...wanted.filter((one) => there.has(one.toLowerCase())).map((one) => `has a ${kind} called ${one}`));
  }
  return lines;
}

function nameOf({ specification }: { readonly specification: { readonly name: string } }): string {
  return specification.name;
}

/** The paths that the server has taken over, and into which a connection of the plan would mirror. */
async function livePaths(server: Server, calls: readonly PlannedCall[]): Promise<readonly string[]> {
  const wanted = calls
    .filter(({ method }) => method === 'jobs.connect')
    .map(({ given }) => given[0] as Omit<JobSpecification, 'jobId'>)
    .filter(({ targetServer }) => targetServer.toLowerCase() === server.name.toLowerCase());
  if (wanted.length === 0) return [];
  const replicas = wanted.flatMap(({ roots }) => roots.map(({ replica }) => replica));
  const live = (await server.live.list()).filter(
    ({ path, released }) => !released && replicas.some((one) => isWithin(one, path) || isWithin(path, one)),
  );
  return live.map(({ path, job, source }) => `holds ${displayPath(path)} as the live copy of ${job} of ${source}`);
}
