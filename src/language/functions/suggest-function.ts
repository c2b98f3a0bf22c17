// Which function somebody meant who knows another language.
import { otherWordFor } from '../catalogue/other-words.ts';
import { suggest } from '../diagnostics/nearest-match.ts';
import { builtinFunctions } from './builtin-functions.ts';

/** What other languages call ours. */
const namesElsewhere: ReadonlyMap<string, string> = new Map(
  Object.entries({
    length: 'len size count strlen llength',
    slice: 'substr substring mid left right sublist lrange',
    find: 'indexof index position instr findindex lsearch',
    append: 'push add lappend insert concat',
    upper: 'toupper uppercase touppercase ucase',
    lower: 'tolower lowercase lcase downcase',
    trim: 'strip',
    contains: 'includes includesitem in exists',
    replace: 'sub gsub substitute replaceall',
    split: 'explode tokenize',
    join: 'implode',
    ceiling: 'ceil',
    floor: 'int trunc',
    number: 'tonumber tointeger parseint parsefloat float',
    text: 'str string tostring',
    type: 'typeof',
    sort: 'sorted order orderby lsort',
    reverse: 'reversed',
    unique: 'distinct uniq dedupe',
    sum: 'total',
    matches: 'regex regexp test rlike regexmatch',
    match: 'search exec',
    matchall: 'findall scan',
    replacepattern: 'regsub regexreplace replaceregex',
    splitpattern: 'regexsplit',
    map: 'foreach collect apply transform lmap',
    filter: 'where select grep',
    keys: 'names fields',
    has: 'haskey hasfield containskey',
    field: 'get getfield',
    merge: 'assign extend update with',
    padleft: 'padstart rjust lpad leftpad',
    padright: 'padend ljust rpad rightpad',
    json: 'tojson stringify',
    parsejson: 'fromjson jsonparse loads',
    format: 'strftime formatdate dateformat',
    parse: 'strptime parsedate todate todatetime duration',
    dateparts: 'year month day hour minute second weekday datepart',
    now: 'timestamp time clock getdate',
    startswith: 'hasprefix beginswith',
    endswith: 'hassuffix',
    repeat: 'replicate',
    range: 'seq sequence',
    last: 'pop',
    min: 'minimum least',
    max: 'maximum greatest',
  }).flatMap(([name, others]) => others.split(' ').map((other): [string, string] => [other, name])),
);

/** Our name of a function of other languages; undefined for any other word. */
export function ourNameOf(name: string): string | undefined {
  return namesElsewhere.get(name.toLowerCase().replaceAll('_', ''));
}

/** What to call instead of a function that does not exist; `own` are the functions of the script. */
export function suggestFunction(name: string, own: Iterable<string>): string {
  const meant = ourNameOf(name);
  if (meant !== undefined) return `did you mean ${meant}?`;
  const statement = otherWordFor('', name);
  if (statement !== undefined) return statement;
  const known = [...own, ...builtinFunctions.keys()];
  return suggest(name, known, 'define it with FUNCTION, or use one of those there are: HELP FUNCTIONS lists them');
}
