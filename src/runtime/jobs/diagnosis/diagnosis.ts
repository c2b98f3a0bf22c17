// A throughput diagnosis (guide, ch. 4, TDU): what a connection would send is captured, mirrored, queued and compressed as for
// any target, and then let go of in this process. Once a minute a line with what was sent goes to the file of the diagnosis;
// the estimate is made of all lines of the file, those of earlier runs of the server included.
//
// Failure semantics: `open` rejects with `DIAGNOSIS-FILE` when the file cannot be made, or is another one. A line that cannot be
// written later is told by `trouble`, and the diagnosis goes on.
import { asFailure, Failure } from '../../../base/failure.ts';
import { displayPath, type RawPath, rawFromText } from '../../../base/raw-path.ts';
import type { Clock } from '../../../base/waiting/clock.ts';
import { NullTarget } from '../../../engine/link/null-target.ts';
import type { JobReport } from '../../../model/report.ts';
import type { Files, FileTree } from '../../../ports/files.ts';
import { estimateLines, type Figures, figuresHeading, figuresLine, readFigures } from './diagnosis-figures.ts';

/** The name that stands where a target would. */
export const diagnosisTarget = 'TDU';
export const figuresEveryMs = 60_000;

export interface DiagnosisParts {
  readonly clock: Clock;
  readonly files: Files;
  /** Where a file lies that is only a name. */
  readonly logs: FileTree;
  /** undefined while the job is not open. */
  readonly report: () => JobReport | undefined;
  /** A line could not be written. */
  readonly trouble: (failure: Failure) => void;
}

export class Diagnosis {
  readonly network: NullTarget;
  readonly #parts: DiagnosisParts;
  readonly #tree: FileTree;
  readonly #name: RawPath;
  readonly #figures: Figures[];
  #last: { readonly timeMs: number; readonly report: JobReport | undefined };
  #cancel: () => void = () => undefined;
  #writing: Promise<void> = Promise.resolve();

  /** `file` is an absolute path, or a name in the folder of the server's logs. */
  static async open(parts: DiagnosisParts, file: string): Promise<Diagnosis> {
    const at = file.lastIndexOf('/');
    if ((at > 0 && !file.startsWith('/')) || file.endsWith('/')) {
      throw fileTrouble(file, 'it is no absolute path, nor a name alone');
    }
    try {
      const tree = at < 0 ? parts.logs : await parts.files.openTree(rawFromText(file.slice(0, at) || '/'));
      const name = rawFromText(file.slice(at + 1)) as RawPath;
      return new Diagnosis(parts, tree, name, await figuresIn(tree, name, file));
    } catch (thrown) {
      const failure = asFailure(thrown, 'write the statistics', file);
      throw failure.code === 'DIAGNOSIS-FILE' ? failure : fileTrouble(file, failure.reason);
    }
  }

  private constructor(parts: DiagnosisParts, tree: FileTree, name: RawPath, figures: Figures[]) {
    this.#parts = parts;
    this.#tree = tree;
    this.#name = name;
    this.#figures = figures;
    this.network = new NullTarget(parts.clock);
    this.#last = { timeMs: parts.clock.wallMs(), report: undefined };
    this.#later();
  }

  /** Where the figures are, and what follows from them and from the report of the job as it is now. */
  found(report: JobReport): NonNullable<JobReport['diagnosis']> {
    const now = this.#sample(report);
    const all = now === undefined ? this.#figures : [...this.#figures, now];
    return { file: `${displayPath(this.#tree.location)}/${displayPath(this.#name)}`, estimate: estimateLines(all) };
  }

  /** Writes what was measured since the last line. */
  async end(): Promise<void> {
    this.#cancel();
    this.#note();
    await this.#writing;
    if (this.#tree !== this.#parts.logs) await this.#tree.close();
  }

  #later(): void {
    this.#cancel = this.#parts.clock.after(figuresEveryMs, () => {
      this.#note();
      this.#later();
    });
  }

  #note(): void {
    const report = this.#parts.report();
    const one = this.#sample(report);
    if (one === undefined) return;
    this.#last = { timeMs: one.timeMs, report };
    this.#figures.push(one);
    this.#writing = this.#writing
      .then(() => append(this.#tree, this.#name, `${figuresLine(one)}\n`))
      .catch((thrown) => this.#parts.trouble(asFailure(thrown, 'write the statistics', displayPath(this.#name))));
  }

  /** What was sent since the last line; undefined when nothing can be said. */
  #sample(report: JobReport | undefined): Figures | undefined {
    const timeMs = this.#parts.clock.wallMs();
    const seconds = Math.round(timeMs - this.#last.timeMs) / 1000;
    if (report === undefined || seconds <= 0) return undefined;
    const { mirror, replication, sequence } = report;
    const { report: before } = this.#last;
    return {
      timeMs,
      seconds,
      mirrorBytes: since(mirror.sentBytes, before?.mirror.sentBytes),
      mirrorSent: since(mirror.transmittedBytes, before?.mirror.transmittedBytes),
      changeBytes: since(replication.sentBytes, before?.replication.sentBytes),
      changeSent: since(replication.transmittedBytes, before?.replication.transmittedBytes),
      operations: since(sequence.head, before?.streamId === report.streamId ? before.sequence.head : 0),
      queuedBytes: mirror.queuedBytes + replication.queuedBytes,
    };
  }
}

/** Counts begin anew when a job is started again. */
function since(now: number, before = 0): number {
  return now >= before ? now - before : now;
}

/** Those that the file has; a file that is not there is made. */
async function figuresIn(tree: FileTree, name: RawPath, file: string): Promise<Figures[]> {
  if ((await tree.status(name)) === undefined) {
    await append(tree, name, `${figuresHeading}\n`);
    return [];
  }
  const opened = await tree.open(name, 'write');
  try {
    const { size } = await opened.status();
    const figures = readFigures((await opened.read(0, size)).toString('utf8'));
    if (figures === undefined) throw fileTrouble(file, 'it is there, and holds something else');
    return figures;
  } finally {
    await opened.close();
  }
}

async function append(tree: FileTree, name: RawPath, text: string): Promise<void> {
  const isThere = (await tree.status(name)) !== undefined;
  const file = isThere ? await tree.open(name, 'write') : await tree.create(name, 0o600);
  try {
    await file.write((await file.status()).size, Buffer.from(text));
  } finally {
    await file.close();
  }
}

function fileTrouble(file: string, reason: string): Failure {
  return new Failure({
    code: 'DIAGNOSIS-FILE',
    operation: 'write the statistics of the diagnosis',
    subject: file,
    reason,
    hint: 'name a file that is not there yet, in a folder that is, or one of an earlier diagnosis; a name alone lies among the logs of the source',
  });
}
