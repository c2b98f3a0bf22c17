// The extension: starts `understudy lsp` for scripts and passes everything on to it, and carries out the buttons "Run"
// and "Plan", which the server only names. A script is run as a task of VS Code, whose program is started without a
// shell and whose output stays in a terminal.
const { commands, ProcessExecution, Task, TaskScope, tasks, Uri, window, workspace } = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

const verbs = ['run', 'plan'];

let client;

async function activate(context) {
  const [command, ...args] = serverCommand();
  for (const verb of verbs) {
    context.subscriptions.push(commands.registerCommand(`understudy.${verb}`, (uri) => carryOut(verb, uri)));
  }
  client = new LanguageClient(
    'understudy',
    'Understudy',
    { command, args },
    {
      documentSelector: [{ language: 'dtcl' }],
      initializationOptions: { commands: verbs.map((verb) => `understudy.${verb}`) },
    },
  );
  await client.start();
}

async function deactivate() {
  await client?.stop();
}

function serverCommand() {
  return workspace.getConfiguration('understudy').get('command');
}

/** `uri` is missing when the command was chosen from the palette; then the script in front is meant. */
async function carryOut(verb, uri) {
  if (!workspace.isTrusted) {
    await window.showErrorMessage('Understudy: a script is carried out only in a workspace that you trust.');
    return;
  }
  const address = uri === undefined ? window.activeTextEditor?.document.uri : Uri.parse(uri);
  if (address?.scheme !== 'file') {
    await window.showErrorMessage('Understudy: save the script in a file first.');
    return;
  }
  const document = await workspace.openTextDocument(address);
  if (!(await document.save())) return;
  // The last word of the setting is the verb of the language server.
  const [command, ...words] = serverCommand();
  const execution = new ProcessExecution(command, [...words.slice(0, -1), verb, address.fsPath]);
  const name = `${verb} ${workspace.asRelativePath(address)}`;
  await tasks.executeTask(new Task({ type: 'understudy', verb }, TaskScope.Workspace, name, 'Understudy', execution));
}

module.exports = { activate, deactivate };
