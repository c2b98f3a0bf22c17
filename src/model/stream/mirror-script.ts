// The scripts of a connection's mirrors (SCRIPT ADD): programs that one of its servers runs when a mirror begins or ends
// there.

/**
 * mirrorstart     the server has come to the beginning of a mirror; also when nothing will differ
 * mirrorstop      the mirror ended without making the replica good, or its stream was lost
 * mirrorcomplete  the target has applied all of it, and the replica is good
 */
export const scriptPoints = ['mirrorstart', 'mirrorstop', 'mirrorcomplete'] as const;
export type ScriptPoint = (typeof scriptPoints)[number];

export interface NewMirrorScript {
  readonly point: ScriptPoint;
  /** Absolute path on the server that runs it. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** How long the mirror waits for its end, in milliseconds: 0 for NODELAY, null for ever. */
  readonly timeoutMs: number | null;
  /** `kill` ends a script that outlives its timeout; absent: it goes on beside the mirror. */
  readonly onTimeout?: 'kill';
}

export interface MirrorScript extends NewMirrorScript {
  readonly scriptId: string;
}

/** What a server remembers of the scripts that it runs for a job. */
export interface KeptScripts {
  readonly scripts: readonly MirrorScript[];
  /** The mirror that has begun here and not ended: the id of its first marker, and its stream. */
  readonly mirror?: { readonly mirrorId: string; readonly streamId: string };
}
