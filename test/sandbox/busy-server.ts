// A server that is busy with an endless script until it is killed; it says so once the script runs.
import { JavaScriptSandbox } from '../../src/platform/javascript/javascript-sandbox.ts';

const limits = { memoryMiB: 32, processorSeconds: 60, wallMs: 60_000 };
const task = { names: [], body: "log('busy'); for (;;);" };
const log = (line: string): void => void process.stdout.write(`${line}\n`);
await new JavaScriptSandbox().start({ task, values: [], about: {}, limits, log });
