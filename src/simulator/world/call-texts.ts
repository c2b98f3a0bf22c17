// Calls of ports that the system may refuse, as the adapters of the real system name them in a failure.

const callTexts: Readonly<Record<string, string>> = {
  'tree.create': 'make the file',
  'tree.makeDirectory': 'make the folder',
  'tree.makeSymlink': 'make the symbolic link',
  'tree.link': 'make the hard link',
  'tree.rename': 'rename',
  'tree.unlink': 'remove the file',
  'tree.removeDirectory': 'remove the folder',
  'tree.setAttributes': 'set the attributes of',
  'tree.setExtended': 'set an extended attribute of',
  'tree.sync': 'make the folder durable',
  'tree.open': 'open the file',
  'tree.list': 'list the folder',
  'tree.extended': 'read the extended attributes of',
  'tree.readLink': 'read the symbolic link',
  'file.write': 'write to the file',
  'file.truncate': 'change the length of the file',
  'file.punch': 'make a hole in the file',
  'file.read': 'read the file',
  'file.sync': 'make the file durable',
  'log.append': 'append to the log',
  'log.sync': 'make the log durable',
  'storage.replace': 'replace the file',
};

/** The name of the call itself where it is none of these. */
export function callText(name: string): string {
  return callTexts[name] ?? name;
}
