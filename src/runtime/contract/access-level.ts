// How much somebody may do on a server.

/** Access levels as LOGIN returns them (DTCL facts, 3.3). */
export type AccessLevel = 0 | 1 | 2;

/** What a call needs: the same, and 3 for what only the owner of the home may say. */
export type CallerAccess = AccessLevel | 3;
