// How large a job may be. Its whole specification is told with every hello and kept on both sides, and each root is a tree that
// is open for as long as the job lasts.

/** Selected trees of one job. A workload of more folders is selected by a folder above them and rules. */
export const rootsMax = 256;

export const rulesMax = 4_096;
