// DIAGNOSTICS GATHER: what support needs to know, in one JSON file that only its owner can read. It has no secrets:
// reports of a server hold none, and the blocks of schedules, in which an operator may have written one, are left out.
import { asFailure } from '../../../base/failure.ts';
import type { Server } from '../../contract/server.ts';
import { machineEvent, machineText } from '../../text/machine-text.ts';
import { sourceAndTarget } from '../chosen-server.ts';
import type { CommandHandlers } from '../command-context.ts';

const logLinesMax = 1000;

export const diagnosticsHandlers: CommandHandlers = {
  'diagnostics.gather': async (given, context) => {
    const { clock, write, writeText } = context;
    const servers = await sourceAndTarget(context, 'say which: SOURCE server, or TARGET server');
    const gathered: Record<string, unknown>[] = [];
    for (const server of servers) gathered.push(await gather(server));
    const content = { version: 1, ...machineText({ gatheredMs: clock.wallMs() }), servers: gathered };
    const path = given.text('path');
    await writeText(path, `${JSON.stringify(content, undefined, 2)}\n`);
    write(`Diagnostics of ${servers.map(({ name }) => name).join(' and ')} are in ${path}`);
    return path;
  },
};

async function gather(server: Server): Promise<Record<string, unknown>> {
  const report = machineText(await orFailure(server.information.report()));
  const jobs = await orFailure(server.jobs.list());
  const ofJobs = Array.isArray(jobs) ? await Promise.all(jobs.map(({ jobId }) => gatherJob(server, jobId))) : jobs;
  return {
    name: server.name,
    report,
    space: await orFailure(server.information.space()),
    jobs: ofJobs,
    monitors: machineText(await orFailure(server.monitors.list())),
    dnsServers: await orFailure(server.dns.servers()),
    schedules: await orFailure(
      server.schedules.list().then((all) =>
        all.map(({ specification: { body: _body, bindings: _bindings, ...specification }, ...state }) => ({
          specification,
          ...machineText(state),
        })),
      ),
    ),
    settings: await orFailure(server.settings.list()),
    accounts: await orFailure(server.accounts.list()),
    credentials: machineText(await orFailure(server.credentials.list())),
    events: await orFailure(server.events.since(0).then((all) => all.map(machineEvent))),
    log: await orFailure(server.information.log(logLinesMax)),
  };
}

/** Only a target can list snapshots, so a source answers with a failure, which is written to the file. */
async function gatherJob(server: Server, jobId: string): Promise<Record<string, unknown>> {
  return {
    jobId,
    tasks: await orFailure(server.tasks.list(jobId)),
    snapshots: machineText(await orFailure(server.snapshots.list(jobId))),
  };
}

/** The answer or its failure, so that one part that fails does not keep back the others. */
async function orFailure<Result>(answer: Promise<Result>): Promise<Result | { readonly failure: string }> {
  try {
    return await answer;
  } catch (error) {
    const { code, message } = asFailure(error, 'gather', 'diagnostics');
    return { failure: `${code}: ${message}` };
  }
}
