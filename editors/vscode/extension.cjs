// The extension: starts `understudy lsp` for scripts and passes everything on to it. What it can do is the server's matter.
const { workspace } = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

async function activate() {
  const [command, ...args] = workspace.getConfiguration('understudy').get('command');
  client = new LanguageClient(
    'understudy',
    'Understudy',
    { command, args },
    { documentSelector: [{ language: 'dtcl' }] },
  );
  await client.start();
}

async function deactivate() {
  await client?.stop();
}

module.exports = { activate, deactivate };
