// What the two markers of a mirror mean on its target: between them the data counts as not good, and behind the end of a mirror that
// was completed it does. Each place is made durable at once.
import type { Marker } from '../../../model/stream/marker.ts';
import type { Applier } from '../../apply/applier.ts';
import type { ApplyLoop } from '../../apply/apply-loop.ts';
import type { Place } from '../../apply/apply-report.ts';
import type { MirrorScripts } from '../../tasks/mirror-scripts.ts';
import type { ReplicaSnapshots } from './replica-snapshots.ts';
import type { ReplicaState } from './replica-state.ts';

interface AppliedStream {
  readonly applier: Applier;
  readonly loop: ApplyLoop;
}

export class MirrorMarkers {
  readonly #state: ReplicaState;
  readonly #snapshots: ReplicaSnapshots;
  readonly #scripts: MirrorScripts;
  readonly #stream: AppliedStream;

  constructor(state: ReplicaState, snapshots: ReplicaSnapshots, scripts: MirrorScripts, stream: AppliedStream) {
    this.#state = state;
    this.#snapshots = snapshots;
    this.#scripts = scripts;
    this.#stream = stream;
  }

  async take(marker: Extract<Marker, { readonly type: 'mirror-begin' | 'mirror-end' }>, place: Place): Promise<void> {
    if (marker.type === 'mirror-begin') await this.#begins(marker.mirrorId, place);
    else await this.#ends(marker.outcome === 'completed', place);
  }

  async #begins(mirrorId: string, place: Place): Promise<void> {
    const state = this.#state;
    await this.#snapshots.beforeMirror(state.now.mirrorsCompleted === 0);
    // The mirror compares everything, the stale places included.
    state.stale.forgetAll();
    await state.setDataState('Mirroring');
    await this.#scripts.begins({ mirrorId, streamId: place.position.streamId });
    // Operations that were given up must not be tried again after a crash, because the mirror has then seen their absence.
    await this.#settleAt(place);
  }

  async #ends(isCompleted: boolean, place: Place): Promise<void> {
    const state = this.#state;
    if (isCompleted && state.now.dataState === 'Mirroring') {
      await this.#scripts.ends('mirrorcomplete');
      await state.mirrorCompleted();
      // A replay after a crash must not count the end of the mirror again.
      await this.#settleAt(place);
    } else {
      await state.setDataState('Mirror Required');
      await this.#scripts.ends('mirrorstop');
    }
  }

  async #settleAt(place: Place): Promise<void> {
    this.#stream.applier.advance(place);
    await this.#stream.loop.checkpoint();
  }
}
