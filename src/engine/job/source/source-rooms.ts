// Makes the parts of a job on its source (its rooms) and joins them. Each room gets the parts from the server and this
// object, which it sees only through the interface at the head of its own file.
import { asFailure, assert } from '../../../base/failure.ts';
import { limitText } from '../../../model/transmission.ts';
import { TargetSide } from '../../link/target-side.ts';
import { Selection } from '../../sending/selection.ts';
import { MirrorScripts } from '../../tasks/mirror-scripts.ts';
import { JobChanges } from '../job-changes.ts';
import { JobLife, type SourcePhase, sourceMoves } from '../job-life.ts';
import { SourceMirrors } from '../mirrors/source-mirrors.ts';
import { LeftOut } from '../roots/left-out.ts';
import { ProtectedRoots } from '../roots/protected-roots.ts';
import type { SourceJobParts } from '../source-job-parts.ts';
import { SourceCapture } from '../stream/source-capture.ts';
import type { SourceStream } from '../stream/source-stream.ts';
import { UnreadPlaces } from '../stream/unread-places.ts';
import { FencedSource } from './fenced-source.ts';
import { LinkLoop } from './link-loop.ts';
import { SourceEnd } from './source-end.ts';
import { SourceStreams } from './source-streams.ts';
import { SourceTasks } from './source-tasks.ts';
import { TargetNotices } from './target-notices.ts';
import { Verifications } from './verifications.ts';

export class SourceRooms {
  readonly life = new JobLife<SourcePhase>(sourceMoves, 'starting');
  readonly changes: JobChanges;
  readonly selection: Selection;
  readonly roots: ProtectedRoots;
  readonly leftOut: LeftOut;
  readonly capture: SourceCapture;
  readonly unread: UnreadPlaces;
  readonly target: TargetSide;
  readonly scripts: MirrorScripts;
  readonly mirrors: SourceMirrors;
  readonly verifications: Verifications;
  readonly streams: SourceStreams;
  readonly end: SourceEnd;
  readonly notices: TargetNotices;
  readonly links: LinkLoop;
  readonly fenced: FencedSource;
  readonly #parts: SourceJobParts;
  readonly #stop = new AbortController();
  #tasks: SourceTasks | undefined;
  #leaveRoute: () => void = () => undefined;
  #started: Promise<void> = Promise.resolve();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(parts: SourceJobParts) {
    this.#parts = parts;
    this.changes = new JobChanges(parts);
    this.selection = new Selection(parts.specification.rules);
    this.target = new TargetSide(parts.clock, this.changes.signal);
    this.roots = new ProtectedRoots(parts, this);
    this.leftOut = new LeftOut(parts, this);
    this.capture = new SourceCapture(parts, this);
    this.unread = new UnreadPlaces(parts, this);
    this.scripts = new MirrorScripts(parts, {
      kept: parts.scripts,
      keep: parts.keepScripts,
      environment: { UNDERSTUDY_JOB: parts.specification.jobId },
    });
    this.mirrors = new SourceMirrors(parts, this);
    this.verifications = new Verifications(parts.lastVerification);
    this.streams = new SourceStreams(parts, this);
    this.end = new SourceEnd(parts, this);
    this.notices = new TargetNotices(parts, this);
    this.fenced = new FencedSource(parts, this);
    this.links = new LinkLoop(parts, this);
  }

  /** Aborted once the job is being stopped. */
  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  /** Whether the stream and everything that it needs are open. */
  get isOpen(): boolean {
    return this.streams.current !== undefined;
  }

  /** The stream that takes changes now; another stream once this one has ended. */
  get stream(): SourceStream {
    const { current } = this.streams;
    assert(current !== undefined, 'a job that is not open has no stream');
    return current;
  }

  get tasks(): SourceTasks {
    assert(this.#tasks !== undefined, 'a job that is not open has no tasks');
    return this.#tasks;
  }

  /**
   * Opens the workload and begins to capture and to connect. Rejects when the workload cannot be opened or captured.
   */
  start(): Promise<void> {
    const starting = this.#start();
    this.#started = starting.catch(() => undefined);
    return starting;
  }

  async #start(): Promise<void> {
    this.end.assertAlive('connect');
    this.#listenToRoute();
    await this.roots.open();
    await this.leftOut.open();
    this.#tasks = await SourceTasks.open(this.#parts);
    await this.scripts.open();
    await this.streams.open('the job was started');
    if (this.roots.trouble === '') await this.capture.start();
    else this.capture.failed(this.roots.trouble);
    const loops = [this.links.run(this.stopping), this.mirrors.run(this.stopping), this.roots.watch(this.stopping)];
    this.#loops = Promise.all(loops).catch((thrown) => this.end.fail(thrown));
  }

  /** Takes what an EDIT has changed of the parts. */
  edited(isOtherRoute: boolean): void {
    this.links.tellOptions();
    if (isOtherRoute) {
      this.#listenToRoute();
      this.target.close('the address of the target was changed');
    }
    this.changes.tell();
  }

  #listenToRoute(): void {
    this.#leaveRoute();
    this.#leaveRoute = this.#parts.route.listen({
      changed: () => this.changes.tell(),
      limitChanged: (bytesPerSecond) => this.#tellLimit(bytesPerSecond),
    });
  }

  /** The line of the guide's job log (ch. 6). */
  #tellLimit(bytesPerSecond: number | undefined): void {
    const { emit, route, specification } = this.#parts;
    const { address } = route.place;
    const target = address === '' ? specification.targetServer : `${specification.targetServer} (${address})`;
    emit(5200, { target, limit: limitText(bytesPerSecond) });
  }

  /** Resolves when nothing runs any more, and everything is closed. */
  async stop(reason: string): Promise<void> {
    if (this.life.may('stopped')) {
      this.life.move('stopped');
      this.changes.tell();
    }
    this.#stop.abort();
    this.#leaveRoute();
    this.mirrors.stop();
    this.unread.stop();
    this.target.giveUp(reason);
    // Wait for the start, because a part that is still being opened cannot be closed.
    await this.#started;
    await this.capture.stop();
    this.#tasks?.killAll();
    this.scripts.killAll();
    await this.streams.current?.close().catch((thrown: unknown) => {
      // A source's queue is not kept over a stop: logs that cannot be removed now are removed at the next start.
      this.target.trouble = asFailure(thrown, 'close the queue', this.#parts.specification.jobId).message;
    });
    await this.#loops;
    await this.#tasks?.close();
    await this.scripts.close();
    await this.roots.close();
  }
}
