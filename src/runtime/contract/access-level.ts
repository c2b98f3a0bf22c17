// How much somebody may do on a server.

/** The access levels that LOGIN returns: 0 none, 1 monitor, 2 full. */
export type AccessLevel = 0 | 1 | 2;

/** The access that a call needs: an access level, or 3 for a call that only the owner of the home may make. */
export type CallerAccess = AccessLevel | 3;
