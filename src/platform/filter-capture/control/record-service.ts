// The sessions of a filter: servers that want records of what changes. It is what the loop tells of every change, and what the loop
// calls when it has nothing else to do. All of it happens on the loop's thread.
//
// Without a session there is nothing to poll but the device; `isIdle` tells the loop so.
import { closeSync } from 'node:fs';
import type { ObjectKind, ObjectStatus } from '../../../model/stream/attributes.ts';
import { poll } from '../../kernel/libc.ts';
import type { ChangedName, ChangedObject, ChangeListener } from '../change-listener.ts';
import { ChangeRecorder } from '../records/change-recorder.ts';
import { decodeWord, type FilterWord, isWord } from '../records/filter-words.ts';
import { ObjectLooks } from '../records/object-looks.ts';
import { RecordPipe } from '../records/record-pipe.ts';
import { RecordSplitter } from '../records/record-splitter.ts';
import { accept, receive } from './local-socket.ts';

/** Bytes of records that may wait for a server that reads slowly; then the applications wait for it, this long at most. */
const waitingBytesMax = 64 * 1024 * 1024;
const patienceMs = 2000;
/** <poll.h> */
const pollIn = 1;
const pollOut = 4;
const pollEntryBytes = 8;
/** poll(2) passes it over. */
const noDescriptor = -1;

interface Session {
  readonly descriptor: number;
  readonly splitter: RecordSplitter;
  readonly pipe: RecordPipe;
  recorder: ChangeRecorder | undefined;
  /** Until when it holds up the programs, by `performance.now`; 0 when it does not. */
  holdsUntilMs: number;
}

export class RecordService implements ChangeListener {
  readonly #listening: number;
  readonly #roots: readonly number[];
  #sessions: Session[] = [];
  /** Those of the sessions that record. */
  #recorders: ChangeRecorder[] = [];

  /** @param listening A socket on which servers call. @param roots The folders beneath the filter. Both stay the caller's. */
  constructor(listening: number, roots: readonly number[]) {
    this.#listening = listening;
    this.#roots = roots;
  }

  /** Whether nobody has called. */
  get isIdle(): boolean {
    return this.#sessions.length === 0;
  }

  /** Takes up whoever has called, and hears what they say. While a session holds up the programs nobody else has a turn. */
  attend(): void {
    this.#hearAll();
    for (let leftMs = this.#holdLeftMs(); leftMs > 0; leftMs = this.#holdLeftMs()) {
      this.#rest();
      this.#wait(undefined, leftMs);
      this.#hearAll();
    }
  }

  #holdLeftMs(): number {
    const until = this.#sessions.reduce((latest, { holdsUntilMs }) => Math.max(latest, holdsUntilMs), 0);
    return Math.ceil(until - performance.now());
  }

  #hearAll(): void {
    for (let caller = accept(this.#listening); caller !== undefined; caller = accept(this.#listening)) {
      const pipe = new RecordPipe({ descriptor: caller, waitingBytesMax, patienceMs });
      this.#sessions.push({
        descriptor: caller,
        splitter: new RecordSplitter(),
        pipe,
        recorder: undefined,
        holdsUntilMs: 0,
      });
    }
    for (const session of this.#sessions) if (!this.#hear(session)) this.#end(session);
  }

  /** Hands on what waits, then sleeps until the device has a request, a server says something, or time is up. */
  sleep(device: number): void {
    if (this.#wait(device, this.#rest())) this.attend();
  }

  /** Hands on what waits; gives the milliseconds until there may be more to hand on, -1 for ever. */
  #rest(): number {
    let restMs = -1;
    for (const recorder of this.#recorders) {
      const own = recorder.rest();
      if (own !== undefined) restMs = restMs < 0 ? own : Math.min(restMs, own);
    }
    return restMs;
  }

  /** Sleeps until a server says something, or there is a request at the device, if one is given; or for so long. Whether a server did. */
  #wait(device: number | undefined, limitMs: number): boolean {
    const count = 2 + this.#sessions.length;
    const entries = Buffer.alloc(pollEntryBytes * count);
    enter(entries, 0, device ?? noDescriptor, pollIn);
    enter(entries, 1, this.#listening, pollIn);
    for (const [index, { descriptor, pipe }] of this.#sessions.entries()) {
      enter(entries, 2 + index, descriptor, pipe.waitingBytes > 0 ? pollIn | pollOut : pollIn);
    }
    poll(entries, count, limitMs);
    for (let index = 1; index < count; index += 1) {
      if (entries.readUInt16LE(index * pollEntryBytes + 6) !== 0) return true;
    }
    return false;
  }

  created(object: ChangedObject, status: ObjectStatus, target: string | undefined): void {
    for (const recorder of this.#recorders) recorder.created(object, status, target);
  }

  wrote(object: ChangedObject, offset: number, bytes: Buffer, start: number, length: number): void {
    for (const recorder of this.#recorders) recorder.wrote(object, offset, bytes, start, length);
  }

  resized(object: ChangedObject, size: number): void {
    for (const recorder of this.#recorders) recorder.resized(object, size);
  }

  zeroed(object: ChangedObject, offset: number, length: number): void {
    for (const recorder of this.#recorders) recorder.zeroed(object, offset, length);
  }

  attributesChanged(object: ChangedObject): void {
    for (const recorder of this.#recorders) recorder.attributesChanged(object);
  }

  extendedAttributeChanged(object: ChangedObject): void {
    for (const recorder of this.#recorders) recorder.extendedAttributeChanged(object);
  }

  linked(object: ChangedObject, name: ChangedName): void {
    for (const recorder of this.#recorders) recorder.linked(object, name);
  }

  renamed(from: ChangedName, to: ChangedName, isExchange: boolean): void {
    for (const recorder of this.#recorders) recorder.renamed(from, to, isExchange);
  }

  removed(name: ChangedName, kind: ObjectKind): void {
    for (const recorder of this.#recorders) recorder.removed(name, kind);
  }

  changedUnnamed(root: number): void {
    for (const recorder of this.#recorders) recorder.changedUnnamed(root);
  }

  closedAfterWriting(object: ChangedObject): void {
    for (const recorder of this.#recorders) recorder.closedAfterWriting(object);
  }

  syncAsked(object: ChangedObject | undefined): void {
    for (const recorder of this.#recorders) recorder.syncAsked(object);
  }

  /** False when the server is gone, or says what it should not. */
  #hear(session: Session): boolean {
    try {
      for (;;) {
        const bytes = receive(session.descriptor);
        if (bytes === undefined || session.pipe.isBroken) return false;
        if (bytes.length === 0) return true;
        for (const framed of session.splitter.push(bytes)) {
          if (!isWord(framed) || !this.#obey(session, decodeWord(framed))) return false;
        }
      }
    } catch {
      // What it says is no word.
      return false;
    }
  }

  #obey(session: Session, word: FilterWord): boolean {
    if (word.type === 'record' && session.recorder === undefined) {
      const numbers = this.#roots.map((_, folder) => {
        const number = word.folders.indexOf(folder);
        return number < 0 ? undefined : number;
      });
      const looks = new ObjectLooks(this.#roots);
      session.recorder = new ChangeRecorder({ pipe: session.pipe, looks, rootNumbers: numbers, wallMs: Date.now });
      this.#recorders.push(session.recorder);
      session.recorder.say({ type: 'recording' });
      return true;
    }
    if (session.recorder === undefined) return false;
    if (word.type === 'goOn') session.holdsUntilMs = 0;
    else if (word.type === 'flush' || word.type === 'hold') {
      if (word.type === 'hold') session.holdsUntilMs = performance.now() + word.limitMs;
      session.recorder.say({ type: 'flushed', id: word.id });
    } else return false;
    return true;
  }

  #end(session: Session): void {
    closeSync(session.descriptor);
    this.#sessions = this.#sessions.filter((one) => one !== session);
    this.#recorders = this.#recorders.filter((one) => one !== session.recorder);
  }
}

function enter(entries: Buffer, index: number, descriptor: number, events: number): void {
  entries.writeInt32LE(descriptor, index * pollEntryBytes);
  entries.writeUInt16LE(events, index * pollEntryBytes + 4);
  entries.writeUInt16LE(0, index * pollEntryBytes + 6);
}
