// Invariant `tasks`, for the scripts of mirrors: plays their programs, and checks that each starts at most once at each point
// of a mirror, and that no mirror is both stopped and complete on one server.
import type { ScriptPoint } from '../../../model/stream/mirror-script.ts';
import type { MemoryProgram } from '../../memory/memory-programs.ts';
import { Broken } from '../../world/broken.ts';
import type { ObservedStage, StagedJob } from '../observed-stage.ts';

export const scriptProgram = '/bin/script';

export class ScriptWatch {
  readonly #stage: ObservedStage;
  readonly #starts = new Set<string>();

  constructor(stage: ObservedStage) {
    this.#stage = stage;
  }

  /** Adds a script at the point on a server of the job; `how` says how its program ends. */
  async add(job: StagedJob, server: string, point: ScriptPoint, how: string): Promise<void> {
    const found = this.#stage.world.server(server);
    if (found === undefined || job.jobId === undefined) return;
    const script = { point, program: scriptProgram, arguments: [how], timeoutMs: 4000 };
    await this.#stage.command('add a script', found.scripts.add(job.jobId, script));
  }

  started(server: string, program: MemoryProgram): void {
    const { label = '', arguments: given, environment } = program.request;
    const [script = '', mirror = ''] = label.split('.');
    const point = environment?.UNDERSTUDY_POINT ?? '';
    this.#expectNew(`script ${script} on ${server} at ${point} of mirror ${mirror}`);
    const ends = { mirrorstop: 'mirrorcomplete', mirrorcomplete: 'mirrorstop' } as const;
    const key = (one: string): string => `${server} ${environment?.UNDERSTUDY_JOB} ${mirror} ${one}`;
    if (point === 'mirrorstop' || point === 'mirrorcomplete') {
      this.#starts.add(key(point));
      if (this.#starts.has(key(ends[point]))) this.#broken(`mirror ${mirror} is stopped and complete on ${server}`);
    }
    if (given[0] === 'fails') program.end({ exitCode: 3 });
    else if (given[0] !== 'hangs') program.end();
  }

  #expectNew(run: string): void {
    if (this.#starts.has(run)) this.#broken(`${run} was started twice`);
    this.#starts.add(run);
  }

  /** Told by the stage as soon as it looks: a program's start is no place to throw at. */
  #broken(detail: string): void {
    this.#stage.defect ??= new Broken('tasks', detail);
  }
}
