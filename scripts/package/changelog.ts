// CHANGELOG.md as data, and as the changelog of a Debian package (deb-changelog(5)).

export interface Release {
  readonly version: string;
  /** The day of the release, `2026-12-01`. */
  readonly date: string;
  readonly changes: readonly string[];
}

/** The releases, newest first. Throws where the text is not as it says of itself. */
export function readChangelog(text: string): readonly [Release, ...Release[]] {
  const [, ...sections] = text.split(/^## /m);
  const [newest, ...others] = sections.map(releaseOf);
  if (newest === undefined) throw new Error('CHANGELOG.md has no release: ## VERSION (YYYY-MM-DD)');
  return [newest, ...others];
}

function releaseOf(section: string): Release {
  const [heading = '', ...lines] = section.split('\n');
  const [, version, date] = /^(\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$/.exec(heading) ?? [];
  const [before, ...changes] = `\n${lines.join('\n')}`.split(/\n- /).map((change) => change.trim());
  if (version === undefined || date === undefined || before !== '' || changes.length === 0) {
    throw new Error(`CHANGELOG.md: not a release with a list of its changes: ${heading}`);
  }
  return { version, date, changes: changes.map((change) => change.replaceAll(/\s+/g, ' ')) };
}

/** The beginning of the day, in seconds since 1970 (SOURCE_DATE_EPOCH, reproducible-builds.org). */
export function releaseSeconds({ date }: Release): number {
  return Date.parse(`${date}T00:00:00Z`) / 1000;
}

export function debianChangelog(name: string, maintainer: string, releases: readonly Release[]): string {
  const entries = releases.map((release) => {
    const changes = release.changes.map((change) => filled(`* ${change.replaceAll('`', '')}`));
    const day = new Date(releaseSeconds(release) * 1000).toUTCString().replace('GMT', '+0000');
    return `${name} (${release.version}) unstable; urgency=medium\n\n${changes.join('\n')}\n\n -- ${maintainer}  ${day}\n`;
  });
  return entries.join('\n');
}

/** In lines of at most 80 characters, below each other. */
function filled(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > 76) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line, number) => (number === 0 ? `  ${line}` : `    ${line}`)).join('\n');
}
