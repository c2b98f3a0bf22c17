// What a shell completes behind `understudy`: verbs, options, their values, scripts and folders. Each file stands alone: it needs
// nothing of the shell but what comes with it.
import type { Verb, VerbOption, WordKind } from './verbs.ts';

const head = 'Made by npm run generate from the definitions of the help.';

/** A verb with the words that lead to it: `runs list`. */
interface Leaf {
  readonly path: string;
  readonly verb: Verb;
}

/** The verbs that stand alone, and those below another; the other itself, too. */
function leaves({ verbs }: Verb): Leaf[] {
  return verbs.flatMap((verb) => [
    { path: verb.name, verb },
    ...verb.verbs.map((below) => ({ path: `${verb.name} ${below.name}`, verb: below })),
  ]);
}

const firstKind = ({ words }: Verb): WordKind => words[0]?.kind ?? 'text';
const names = ({ options }: Verb): string[] => options.flatMap((option) => option.names);

export function bashCompletion(program: Verb): string {
  const groups = program.verbs.filter(({ verbs }) => verbs.length > 0).map(({ name }) => name);
  const valued = leaves(program).flatMap(({ path, verb }) => verb.options.flatMap((option) => bashValue(path, option)));
  const offered = [{ path: '', verb: program }, ...leaves(program)].map(({ path, verb }) => bashWords(path, verb));
  return `# bash completion for understudy(1). ${head}

_understudy_offer() {
    local kind=$1
    shift
    case $kind in
        words) mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current") ;;
        script)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -X '!*.dtcl' -- "$current"; compgen -d -- "$current")
            ;;
        file)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            ;;
        folder)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            ;;
    esac
}

_understudy() {
    local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} verb='' word
    COMPREPLY=()
    for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $verb,$word in
            *,-*) ;;
            ,*) verb=$word ;;
            ${groups.map((name) => `${name},*`).join(' | ')}) verb="$verb $word" ;;
        esac
    done
    case "$verb $previous" in
${valued.join('\n')}
    esac
    case $verb in
${offered.join('\n')}
    esac
}

complete -F _understudy understudy
`;
}

/** Behind an option with a value nothing else is offered, be the value known or not. */
function bashValue(path: string, { names: own, value }: VerbOption): string[] {
  if (value === undefined) return [];
  const patterns = own.map((name) => `'${path} ${name}'`).join(' | ');
  return [`        ${patterns}) ${bashOffer(value.kind)}return ;;`];
}

function bashOffer(kind: WordKind): string {
  if (typeof kind === 'object') return `_understudy_offer words ${kind.join(' ')}; `;
  return kind === 'text' ? '' : `_understudy_offer ${kind}; `;
}

function bashWords(path: string, verb: Verb): string {
  const words = `_understudy_offer words ${[...verb.verbs.map(({ name }) => name), ...names(verb)].join(' ')}`;
  const kind = firstKind(verb);
  if (kind === 'text' || typeof kind === 'object') return `        '${path}') ${words} ;;`;
  return `        '${path}') if [[ $current == -* ]]; then ${words}; else _understudy_offer ${kind}; fi ;;`;
}

export function zshCompletion(program: Verb): string {
  const cases = program.verbs.map((verb) => (verb.verbs.length > 0 ? zshGroup(verb) : zshCase(verb, '    ')));
  return `#compdef understudy
# zsh completion for understudy(1). ${head}

_understudy() {
  local curcontext="$curcontext" state
  local -a line verbs
  _arguments -C ${program.options.map(zshOption).join(' ')} '1: :->verb' '*:: :->words' && return
  if [[ $state == verb ]]; then
    verbs=(
${zshList(program.verbs, '      ')}
    )
    _describe -t verbs 'verb' verbs
    return
  fi
  case $line[1] in
${cases.join('\n')}
  esac
}

_understudy "$@"
`;
}

function zshList(verbs: readonly Verb[], indent: string): string {
  return verbs.map(({ name, summary }) => `${indent}${quoted(`${name}:${summary}`)}`).join('\n');
}

function zshGroup(verb: Verb): string {
  return `    ${verb.name})
      _arguments -C '1: :->verb' '*:: :->words' && return
      if [[ $state == verb ]]; then
        verbs=(
${zshList(verb.verbs, '          ')}
        )
        _describe -t verbs 'verb' verbs
        return
      fi
      case $line[1] in
${verb.verbs.map((below) => zshCase(below, '        ')).join('\n')}
      esac
      ;;`;
}

function zshCase(verb: Verb, indent: string): string {
  const words = verb.words.map(({ name, kind, repeated }, number) =>
    quoted(`${repeated ? '*' : number + 1}:${name}:${zshAction(kind)}`),
  );
  const parts = [...verb.options.map(zshOption), ...words];
  const listed = parts.map((part) => ` \\\n${indent}    ${part}`).join('');
  return `${indent}${verb.name})\n${indent}  _arguments${listed}\n${indent}  ;;`;
}

function zshOption({ names: own, value, description }: VerbOption): string {
  const text = description.replaceAll(/[[\]]/g, '\\$&').replaceAll(':', '\\:');
  const behind = value === undefined ? '' : `:${value.name}:${zshAction(value.kind)}`;
  const [first = '', ...others] = own;
  if (others.length === 0) return quoted(`${first}[${text}]${behind}`);
  return `'(${own.join(' ')})'{${own.join(',')}}${quoted(`[${text}]${behind}`)}`;
}

function zshAction(kind: WordKind): string {
  if (typeof kind === 'object') return `(${kind.join(' ')})`;
  return { script: '_files -g "*.dtcl"', file: '_files', folder: '_files -/', text: ' ' }[kind];
}

export function fishCompletion(program: Verb): string {
  const first = program.verbs.map(({ name, summary }) => fishLine('__fish_use_subcommand', `-a ${name}`, summary));
  const own = program.options.map((option) => fishOption('__fish_use_subcommand', option));
  const below = program.verbs.flatMap((verb) => {
    const named = verb.verbs.map(({ name }) => name).join(' ');
    const here = `__fish_seen_subcommand_from ${verb.name}`;
    if (named === '') return fishVerb(here, verb);
    const open = `${here}; and not __fish_seen_subcommand_from ${named}`;
    return [
      ...verb.verbs.map(({ name, summary }) => fishLine(open, `-a ${name}`, summary)),
      ...verb.verbs.flatMap((one) => fishVerb(`${here}; and __fish_seen_subcommand_from ${one.name}`, one)),
    ];
  });
  return `# fish completion for understudy(1). ${head}
complete -c understudy -f
${[...first, ...own, ...below].join('\n')}
`;
}

function fishVerb(condition: string, verb: Verb): string[] {
  const word = fishAction(firstKind(verb));
  const words = word === '' ? [] : [`complete -c understudy -n ${quoted(condition)} ${word}`];
  return [...verb.options.map((option) => fishOption(condition, option)), ...words];
}

function fishOption(condition: string, { names: own, value, description }: VerbOption): string {
  const flags = own.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const action = value === undefined ? '' : ['-x', fishAction(value.kind)].join(' ').trim();
  return fishLine(condition, [...flags, action].filter(Boolean).join(' '), description);
}

function fishLine(condition: string, what: string, description: string): string {
  const told = description === '' ? '' : ` -d ${quoted(description)}`;
  return `complete -c understudy -n ${quoted(condition)} ${what}${told}`;
}

function fishAction(kind: WordKind): string {
  if (typeof kind === 'object') return `-a ${quoted(kind.join(' '))}`;
  const actions = {
    script: "-k -a '(__fish_complete_suffix .dtcl)'",
    file: "-a '(__fish_complete_path)'",
    folder: "-a '(__fish_complete_directories)'",
    text: '',
  };
  return actions[kind];
}

/** For all three shells. fish alone reads a backslash in single quotes, before a quote or a backslash; the texts have none. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
