// The entry of the command: passes the words of this process to the program, and sets the exit code. The process is not
// ended by force, unless it was interrupted, so that a handle which keeps it alive is noticed as a defect; so is an end
// before the verb's.
import { AssertionFailure } from '../base/failure.ts';
import { exitCodes, reportThrown } from './command-line.ts';
import { runProgram } from './program.ts';
import { systemCommandLine } from './system-command-line.ts';

const commandLine = systemCommandLine();
process.once('exit', () => {
  process.exitCode ??= reportThrown(new AssertionFailure('the verb ends before the process'), commandLine);
});
void runProgram(process.argv.slice(2), commandLine).then((code) => {
  process.exitCode = code;
  // Nobody waits for what a server was asked before the interruption; it goes on there.
  if (code === exitCodes.interrupted) process.exit();
});
