// The command line: from argv to a verb. No verb exists yet, so every call ends with the usage.
process.stderr.write('usage: understudy VERB …\n');
process.exitCode = 2;
