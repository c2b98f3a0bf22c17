// Reads the text of a scenario: gives what it says, or every mistake in it; a mistake in one line does not hide one in another.
// One line says one thing; letter case does not matter but in names and paths.
import type { Diagnostic } from '../../base/diagnostic.ts';
import { eventNames } from '../../language/catalogue/definition/event-names.ts';
import { suggest } from '../../language/diagnostics/nearest-match.ts';
import type { SourceText } from '../../language/tree/source-text.ts';
import { eventCatalogue } from '../../model/event-catalogue.ts';
import type { TaskState } from '../../model/stream/task.ts';
import type {
  Comparison,
  Expectation,
  Happening,
  Scenario,
  ScenarioDnsServer,
  ScenarioFile,
  ScenarioLine,
  ScenarioName,
  ScenarioServer,
  ScenarioVariable,
  ScenarioWorkload,
  Who,
} from './scenario.ts';
import { ScenarioMistake, ScenarioWords } from './scenario-words.ts';

export interface ReadScenario {
  /** Absent when there are diagnostics. */
  readonly scenario?: Scenario;
  readonly diagnostics: readonly Diagnostic[];
}

const secondMs = 1000;
const perMs = { SECOND: secondMs, MINUTE: 60 * secondMs, HOUR: 3600 * secondMs, DAY: 86_400 * secondMs } as const;
const dnsPort = 53;
const filesMax = 100_000;

const taskStates = [
  'FINISHED',
  'FAILED',
  'QUEUED',
  'RUNNING',
  'DETACHED',
  'REFUSED',
  'CANCELLED',
  'INTERRUPTED',
] as const;

export function readScenario(source: SourceText): ReadScenario {
  const reader = new ScenarioReader(source);
  let offset = 0;
  for (const line of source.text.split('\n')) {
    reader.line(line.replace(/\r$/, ''), offset);
    offset += line.length + 1;
  }
  return reader.end();
}

const lineWords = [
  'SERVERS',
  'SERVER',
  'WORKLOAD',
  'WRITES',
  'DNS',
  'FILE',
  'ENVIRONMENT',
  'PROGRAM',
  'LASTS',
  'AT',
  'EXPECT',
] as const;

type Timed = ScenarioLine<Happening> & { readonly atMs: number };

class ScenarioReader {
  readonly #source: SourceText;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #servers: ScenarioServer[] = [];
  readonly #workloads: ScenarioWorkload[] = [];
  readonly #dnsServers: ScenarioDnsServer[] = [];
  readonly #names: ScenarioName[] = [];
  readonly #files = new Map<string, ScenarioFile>();
  readonly #environment = new Map<string, ScenarioVariable>();
  readonly #happenings: Timed[] = [];
  readonly #expectations: ScenarioLine<Expectation>[] = [];
  /** Names are looked up when the whole file is read: a server may be named before its line. */
  readonly #named: (() => void)[] = [];
  #writeEveryMs: number | undefined;
  #lastsMs: number | undefined;

  constructor(source: SourceText) {
    this.#source = source;
  }

  line(text: string, offset: number): void {
    const words = new ScenarioWords(text, offset);
    if (words.isEmpty) return;
    this.#catching(() => {
      this.#read(words);
      words.finish();
    });
  }

  end(): ReadScenario {
    if (this.#servers.length === 0 && this.#diagnostics.length === 0) {
      const fix = 'write SERVERS with the names of the script: SERVERS alpha beta';
      this.#report(new ScenarioMistake('R0104', { start: 0, end: 1 }, 'the scenario names no servers', fix));
    }
    for (const check of this.#named) this.#catching(check);
    const diagnostics = this.#diagnostics.toSorted((one, other) => one.span.start - other.span.start);
    if (diagnostics.length > 0) return { diagnostics };
    const scenario: Scenario = {
      servers: this.#servers,
      workloads: this.#workloads,
      writeEveryMs: this.#writeEveryMs,
      dnsServers: this.#dnsServers,
      names: this.#names,
      files: this.#files,
      environment: this.#environment,
      lastsMs: this.#lastsMs,
      happenings: this.#happenings.toSorted((one, other) => one.atMs - other.atMs),
      expectations: this.#expectations,
    };
    return { scenario, diagnostics };
  }

  #catching(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      if (!(thrown instanceof ScenarioMistake)) throw thrown;
      this.#report(thrown);
    }
  }

  #report({ code, message, range, fix }: ScenarioMistake): void {
    this.#diagnostics.push({ code, severity: 'error', message, span: this.#source.span(range), fix });
  }

  #read(words: ScenarioWords): void {
    switch (words.keyword(...lineWords)) {
      case 'SERVERS':
        do this.#server(words, []);
        while (words.hasMore);
        return;
      case 'SERVER':
        this.#serverWithAddresses(words);
        return;
      case 'WORKLOAD':
        this.#workload(words);
        return;
      case 'WRITES':
        this.#writes(words);
        return;
      case 'DNS':
        if (words.optional('SERVER') === undefined) this.#dnsName(words);
        else this.#dnsServer(words);
        return;
      case 'FILE':
        this.#file(words);
        return;
      case 'ENVIRONMENT':
        this.#variable(words);
        return;
      case 'PROGRAM':
        this.#happenings.push({ ...this.#line(words, program(words)), atMs: 0 });
        return;
      case 'LASTS':
        this.#lastsMs = words.duration();
        return;
      case 'AT': {
        const atMs = words.duration();
        this.#happenings.push({ ...this.#line(words, this.#happening(words)), atMs });
        return;
      }
      case 'EXPECT':
        this.#expectations.push(this.#line(words, this.#expectation(words)));
    }
  }

  #line<Meaning>(words: ScenarioWords, meaning: Meaning): ScenarioLine<Meaning> {
    return { text: this.#source.slice(words.range), span: this.#source.span(words.range), meaning };
  }

  #server(words: ScenarioWords, addresses: readonly string[]): void {
    const { here } = words;
    const name = words.text('the name of a server: alpha');
    if (this.#servers.some((one) => one.name.toLowerCase() === name.toLowerCase())) {
      throw new ScenarioMistake('R0104', here, `the server ${name} is named twice`, 'leave one out');
    }
    this.#servers.push({ name, addresses });
  }

  #serverWithAddresses(words: ScenarioWords): void {
    const addresses: string[] = [];
    this.#server(words, addresses);
    if (!words.hasMore) return;
    words.keyword('ADDRESS');
    do addresses.push(words.text('an address: 10.0.0.1'));
    while (words.hasMore);
  }

  #workload(words: ScenarioWords): void {
    const server = this.#name(words);
    const root = words.path('the folder of an application, from the root: /srv/sales');
    const { here } = words;
    const files = words.number('how many files it has: 200');
    if (files < 1 || files > filesMax) {
      throw new ScenarioMistake('R0102', here, `${files} files are not possible`, `write 1 to ${filesMax}`);
    }
    words.keyword('FILES');
    this.#workloads.push({ server, root, files });
  }

  #writes(words: ScenarioWords): void {
    const { here } = words;
    const count = words.number('how often applications write: 20 PER HOUR');
    words.keyword('PER');
    const unit = words.keyword('SECOND', 'MINUTE', 'HOUR', 'DAY');
    if (count === 0 || this.#writeEveryMs !== undefined) {
      const message = count === 0 ? 'no writes need no line' : 'WRITES is said twice';
      throw new ScenarioMistake('R0104', here, message, 'leave the line out');
    }
    this.#writeEveryMs = perMs[unit] / count;
  }

  #dnsServer(words: ScenarioWords): void {
    const address = hostAndPort(words);
    words.keyword('ZONES', 'ZONE');
    const zones: string[] = [];
    do zones.push(words.text('a zone: example').replace(/\.$/, ''));
    while (words.hasMore);
    this.#dnsServers.push({ ...address, zones });
  }

  #dnsName(words: ScenarioWords): void {
    const { here } = words;
    const name = words.text('SERVER, or a name: shop.example').replace(/\.$/, '');
    words.keyword('=');
    this.#names.push({ name, address: words.text('an address: 10.0.0.1') });
    this.#named.push(() => {
      const zones = this.#dnsServers.flatMap((one) => one.zones);
      if (zones.some((zone) => `.${name}`.toLowerCase().endsWith(`.${zone.toLowerCase()}`))) return;
      const fix = 'write DNS SERVER host ZONES zone with its zone';
      throw new ScenarioMistake('R0104', here, `no DNS server has the zone of ${name}`, fix);
    });
  }

  /** Each line of the file is a word of its own, or a text in quotes. */
  #file(words: ScenarioWords): void {
    const { here } = words;
    const path = words.path('the path of a file, from the root: /etc/understudy/limits.txt');
    if (this.#files.has(path)) throw new ScenarioMistake('R0104', here, `${path} is said twice`, 'leave one out');
    const lines: string[] = [];
    const isMissing = words.optional('MISSING') !== undefined;
    while (!isMissing && words.hasMore) lines.push(words.text('a line of the file'));
    this.#files.set(path, isMissing ? 'missing' : { lines });
  }

  #variable(words: ScenarioWords): void {
    const { here } = words;
    const name = words.text('the name of a variable: REGION');
    if (this.#environment.has(name)) throw new ScenarioMistake('R0104', here, `${name} is said twice`, 'leave one out');
    const isMissing = words.optional('MISSING') !== undefined;
    this.#environment.set(name, isMissing ? 'missing' : { text: words.text('its value: "north"') });
  }

  /** A name that has to be one of the servers. */
  #name(words: ScenarioWords): string {
    const { here } = words;
    const name = words.text('the name of a server');
    this.#named.push(() => {
      const names = this.#servers.map((one) => one.name);
      if (names.includes(name)) return;
      const known = `the servers are ${names.join(', ')}`;
      throw new ScenarioMistake('R0103', here, `no server is called ${name}`, suggest(name, names, known));
    });
    return name;
  }

  #who(words: ScenarioWords): Who {
    const role = words.optional('SOURCE', 'TARGET');
    if (role !== undefined) return { role: role === 'SOURCE' ? 'source' : 'target' };
    words.optional('SERVER');
    return { server: this.#name(words) };
  }

  #happening(words: ScenarioWords): Happening {
    const first = words.keyword('SOURCE', 'TARGET', 'SERVER', 'NETWORK', 'DISK', 'CAPTURE', 'CLOCK', 'PROGRAM', 'DNS');
    switch (first) {
      case 'SOURCE':
        return life(words, { role: 'source' });
      case 'TARGET':
        return life(words, { role: 'target' });
      case 'SERVER':
        return life(words, { server: this.#name(words) });
      case 'NETWORK':
        return this.#network(words);
      case 'PROGRAM':
        return program(words);
      case 'DNS': {
        words.keyword('SERVER');
        const address = hostAndPort(words);
        return { kind: words.keyword('FAILS', 'RETURNS') === 'FAILS' ? 'dns fails' : 'dns returns', ...address };
      }
      default:
        return this.#machine(words, first);
    }
  }

  #machine(words: ScenarioWords, part: 'DISK' | 'CAPTURE' | 'CLOCK'): Happening {
    if (part === 'CAPTURE' && words.optional('OF') === undefined) return capture(words, { role: 'source' });
    if (part !== 'CAPTURE') words.keyword('OF');
    const who = this.#who(words);
    if (part === 'CAPTURE') return capture(words, who);
    if (part === 'CLOCK') {
      words.keyword('SET');
      return { kind: 'clock', who, byMs: words.duration(true) };
    }
    const kind = words.keyword('FULL', 'FAILS') === 'FULL' ? 'disk full' : 'disk fails';
    return { kind, who, durationMs: words.duration() };
  }

  #network(words: ScenarioWords): Happening {
    if (words.keyword('PARTITION', 'SLOW') === 'SLOW') return { kind: 'slow network', durationMs: words.duration() };
    const durationMs = words.duration();
    if (words.optional('BETWEEN') === undefined) return { kind: 'partition', durationMs };
    const one = this.#name(words);
    words.keyword('AND');
    return { kind: 'partition', durationMs, between: [one, this.#name(words)] };
  }

  #expectation(words: ScenarioWords): Expectation {
    switch (words.keyword('FAILED', 'NOT', 'DNS', 'LOSS', 'EQUAL', 'STATE', 'EVENT', 'NO', 'TASK', 'EXIT')) {
      case 'FAILED':
        words.keyword('OVER');
        return words.optional('TO') === undefined
          ? { kind: 'failed over' }
          : { kind: 'failed over', to: this.#name(words) };
      case 'NOT':
        words.keyword('FAILED');
        words.keyword('OVER');
        return { kind: 'not failed over' };
      case 'DNS': {
        const name = words.text('a name: shop.example');
        words.keyword('=');
        return { kind: 'dns', name, address: words.text('an address: 10.0.0.2') };
      }
      case 'LOSS':
        return { kind: 'loss', comparison: words.keyword('<', '<=', '=') as Comparison, lossMs: words.duration() };
      case 'EQUAL':
        return { kind: 'equal' };
      case 'STATE':
        return { kind: 'state', state: words.rest('a state as STATUS shows it: OK') };
      case 'EVENT':
        return this.#event(words, 'event');
      case 'NO':
        words.keyword('EVENT');
        return this.#event(words, 'no event');
      case 'TASK': {
        const name = words.text('the name of a task');
        return { kind: 'task', name, state: words.keyword(...taskStates).toLowerCase() as TaskState };
      }
      case 'EXIT':
        return { kind: 'exit', code: words.number('an exit code: 0') };
    }
  }

  #event(words: ScenarioWords, kind: 'event' | 'no event'): Expectation {
    const { here } = words;
    const word = words.text('an event: 5072, or failover.completed');
    const id = /^\d+$/.test(word) ? Number(word) : eventNames.get(word.toLowerCase());
    if (id === undefined || !(id in eventCatalogue)) {
      const fix = suggest(word, eventNames.keys(), 'write its number or its name, as ON takes it: failover.completed');
      throw new ScenarioMistake('R0102', here, `there is no event ${word}`, fix);
    }
    return words.optional('ON') === undefined ? { kind, id } : { kind, id, server: this.#name(words) };
  }
}

function life(words: ScenarioWords, who: Who): Happening {
  const kinds = { DIES: 'dies', CRASHES: 'crashes', RETURNS: 'returns' } as const;
  return { kind: kinds[words.keyword('DIES', 'CRASHES', 'RETURNS')], who };
}

function capture(words: ScenarioWords, who: Who): Happening {
  const kind = words.keyword('OVERFLOWS', 'FAILS') === 'OVERFLOWS' ? 'capture overflows' : 'capture fails';
  return { kind, who };
}

function program(words: ScenarioWords): Happening {
  const outcomes = { FAILS: 'fails', HANGS: 'hangs', SUCCEEDS: 'succeeds', MISSING: 'is missing' } as const;
  const path = words.path('the path of a program: /usr/local/bin/start-shop');
  const word = words.keyword('FAILS', 'HANGS', 'SUCCEEDS', 'MISSING', 'ANSWERS');
  if (word !== 'ANSWERS') return { kind: 'program', path, outcome: outcomes[word] };
  const exitCode = words.optional('CODE') === undefined ? 0 : words.number('an exit code: 0');
  const lines: string[] = [];
  while (words.hasMore) lines.push(words.text('a line of what it writes'));
  return { kind: 'program', path, outcome: { exitCode, lines } };
}

function hostAndPort(words: ScenarioWords): { readonly host: string; readonly port: number } {
  const { here } = words;
  const text = words.text('the address of a DNS server: 10.0.0.53, or 10.0.0.53:53');
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw new ScenarioMistake('R0102', here, `${text} is no address`, 'write host, or host:port');
  return { host, port: Number(match?.[3] ?? dnsPort) };
}
