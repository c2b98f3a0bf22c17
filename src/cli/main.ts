// The entry of the command: this process's words to the program, its exit code to this process. It is not exited by force:
// whatever would keep it alive is a defect that should be seen.
import { runProgram } from './program.ts';
import { systemCommandLine } from './system-command-line.ts';

process.exitCode = await runProgram(process.argv.slice(2), systemCommandLine());
