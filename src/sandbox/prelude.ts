// The code that gives a task's script `log`, `run` and `task`. It runs in the script's isolate before the script. It
// keeps its own references to the built-in objects that it needs, because the script may change them all; that can harm
// only the script. Only texts and numbers go in and out, so the script never reaches an object of this process.
//
//   $0 takes a line of the log   $1 takes the number of a call and its request as JSON
//   $2 takes how the script ended, as JSON   $3 what `task` shows, as JSON   $4 whether `run` is offered
//   $5 the limits, as JSON
//
// The value of the code has two functions: `enter` runs the script's function with values (JSON), and `settle` takes
// the number of a call and its answer (JSON).
export const prelude = `
'use strict';
const [sendLog, sendCall, sendEnd] = [$0, $1, $2];
const { parse, stringify } = JSON;
const [textOf, Failure, Later, isArray] = [String, Error, Promise, Array.isArray];
const limits = parse($5);
// Memory that no heap limit counts, and waiting that nothing interrupts.
for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics']) delete globalThis[name];

function frozen(value) {
  if (typeof value === 'object' && value !== null) for (const one of Object.values(Object.freeze(value))) frozen(one);
  return value;
}
function offer(name, value) {
  Object.defineProperty(globalThis, name, { value, enumerable: true });
}
function shown(value) {
  if (typeof value !== 'object' || value === null || value instanceof Failure) return textOf(value);
  return textOf(stringify(value));
}

/** Of JSON: how many brackets are open at most; those in strings are none. */
function depthOf(text) {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === '\\\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '[' || character === '{')) deepest = ++depth > deepest ? depth : deepest;
    else if (!quoted && (character === ']' || character === '}')) depth--;
  }
  return deepest;
}

let [calls, pending] = [0, 0];
const waiting = Object.create(null);
function call(request) {
  if (pending >= limits.pendingCalls) {
    throw new Failure('more than ' + limits.pendingCalls + ' calls at a time; await them');
  }
  const text = stringify(request);
  if (text.length > limits.valueCharacters) throw new Failure('the arguments of the call are too long');
  const number = ++calls;
  pending++;
  // Made here, so that it knows where in the script the call was.
  const failure = new Failure();
  return new Later((resolve, reject) => {
    waiting[number] = { resolve, reject, failure };
    sendCall(number, text);
  });
}
function settle(number, text) {
  const { resolve, reject, failure } = waiting[number];
  const answer = parse(text);
  delete waiting[number];
  pending--;
  if (answer.refused === undefined) resolve(answer.value);
  else {
    failure.message = answer.refused;
    reject(failure);
  }
}

offer('task', frozen(parse($3)));
offer('log', function log(...values) {
  let line = '';
  for (let index = 0; index < values.length; index++) line += (index === 0 ? '' : ' ') + shown(values[index]);
  if (line.length > limits.logCharacters) throw new Failure('the line is too long to be logged');
  sendLog(line);
});
offer('run', async function run(program, words = []) {
  if (!$4) throw new Failure('this server does not let JavaScript tasks run programs (tasks.javascript.run in its server.json)');
  if (typeof program !== 'string' || !isArray(words)) throw new Failure('run takes a path and a list of arguments');
  const request = { program, arguments: [] };
  for (let index = 0; index < words.length; index++) request.arguments[index] = textOf(words[index]);
  return await call(request);
});

async function enter(script, values) {
  let end;
  try {
    const result = stringify((await script(...parse(values))) ?? null);
    if (result === undefined) throw new Failure('the result is no value that JSON can hold');
    if (result.length > limits.valueCharacters) throw new Failure('the result is too long');
    if (depthOf(result) > limits.depth) throw new Failure('the result is nested deeper than ' + limits.depth);
    end = '{"result":' + result + '}';
  } catch (thrown) {
    let [message, stack] = ['it threw something that cannot be shown', ''];
    try {
      message = textOf(thrown).slice(0, 2000);
      if (thrown instanceof Failure) stack = textOf(thrown.stack).slice(0, 4000);
    } catch {}
    end = stringify({ message, stack });
  }
  sendEnd(end);
}
return { enter, settle };
`;
