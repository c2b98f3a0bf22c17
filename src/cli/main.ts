// The entry of the command: passes the words of this process to the program, and sets the exit code. The process is not
// ended by force, so that a handle which keeps it alive is noticed as a defect.
import { runProgram } from './program.ts';
import { systemCommandLine } from './system-command-line.ts';

process.exitCode = await runProgram(process.argv.slice(2), systemCommandLine());
