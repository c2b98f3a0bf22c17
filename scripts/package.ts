// Makes the packages that are installed without a clone: an npm package, and a Debian package for each architecture.
//
//   npm run package [-- --only npm|deb] [--architecture x64|arm64] [--output FOLDER] [--fast]
//
// They are put into release/, with their checksums. The same tree gives the same bytes; SOURCE_DATE_EPOCH may say of which time they are.
// For what node_modules does not have (the binaries of the other architecture) npm must reach a registry once. With --fast a Debian
// package is hardly compressed, which saves minutes.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDebianPackage } from './package/debian-package.ts';
import { architectures } from './package/native-packages.ts';
import { makeNpmPackage } from './package/npm-package.ts';
import { projectFolder } from './package/program-tree.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    architecture: { type: 'string' },
    output: { type: 'string', default: join(projectFolder, 'release') },
    fast: { type: 'boolean', default: false },
  },
});
const { only, architecture, output, fast } = values;
if (only !== undefined && only !== 'npm' && only !== 'deb')
  throw new Error(`--only npm or --only deb, and not ${only}`);
const wanted = architectures.filter((one) => architecture === undefined || one === architecture);
if (wanted.length === 0)
  throw new Error(`there is no package for ${architecture}; there are: ${architectures.join(', ')}`);

mkdirSync(output, { recursive: true });
const files: string[] = [];
if (only !== 'deb') files.push(await makeNpmPackage(output));
if (only !== 'npm') for (const one of wanted) files.push(await makeDebianPackage(output, one, { isFast: fast }));
const sums = files.map((file) => {
  const content = readFileSync(file);
  const megabytes = (content.length / 1e6).toFixed(1);
  console.log(`${file}  ${megabytes} MB`);
  return `${createHash('sha256').update(content).digest('hex')}  ${basename(file)}\n`;
});
writeFileSync(join(output, 'SHA256SUMS'), sums.join(''));
