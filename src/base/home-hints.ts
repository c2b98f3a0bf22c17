// Commands about the server of a home folder, as a person types them. What to do where no server is, and where none
// runs, is said in the same words everywhere.
type Environment = Readonly<Record<string, string | undefined>>;

/** The home folder that is meant without `--home` (XDG Base Directory Specification); undefined when there is none. */
export function defaultHome({ XDG_STATE_HOME: state, HOME: user }: Environment): string | undefined {
  // The specification: a path that is not absolute is to be ignored.
  if (state?.startsWith('/')) return `${state}/understudy`;
  return user?.startsWith('/') ? `${user}/.local/state/understudy` : undefined;
}

/** ` --home DIR`, to be put behind a command; empty for the default home. */
export function homeWords(home: string, environment: Environment): string {
  return home === defaultHome(environment) ? '' : ` --home ${shellWord(home)}`;
}

/** For a home whose server does not run. */
export function startHint(home: string, environment: Environment): string {
  return `start it: understudy serve${homeWords(home, environment)}`;
}

/** For a home that has no server, and no name for one. */
export function setUpHint(home: string, environment: Environment): string {
  const words = homeWords(home, environment);
  return `set one up: understudy init${words}; or start one that only this machine can reach: understudy serve --name NAME${words}`;
}

/** The text as one word for a shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
