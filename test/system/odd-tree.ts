// A folder of 5,000 files such as people and programs really leave behind, and a way to turn it inside out while it is
// protected. Made with Node's own calls and the tools of the system, nothing of the product.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/** Bytes that are no UTF-8, what shells and terminals trip over, and the longest name there is. */
const oddNames: readonly Buffer[] = [
  Buffer.from('two words'),
  Buffer.from(' space first and last '),
  Buffer.from('new\nline'),
  Buffer.from('tab\tand return\r'),
  Buffer.from([0x66, 0xff, 0xfe, 0x80]),
  Buffer.from([0xc3, 0x28]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from('Grüße 東京 🎭'),
  Buffer.from('-rf'),
  Buffer.from('*?[a]{b}'),
  Buffer.from('"quotes\' and \\backslash\\'),
  Buffer.from('...'),
  Buffer.from('.hidden'),
  Buffer.from('$(reboot)'),
  Buffer.from('\x01\x1b[31m\x7f'),
  Buffer.alloc(255, 'n'),
  Buffer.alloc(255, 0xe9),
];

export class OddTree {
  readonly #root: string;
  readonly #fileCount: number;

  constructor(root: string, fileCount = 5000) {
    this.#root = root;
    this.#fileCount = fileCount;
  }

  make(): void {
    let made = 0;
    const write = (name: string | Buffer, content: string | Uint8Array = ''): void => {
      writeFileSync(this.#at(name), content);
      made += 1;
    };
    mkdirSync(this.#at('odd names'));
    for (const name of oddNames) {
      const folder = Buffer.concat([Buffer.from('odd names/d'), name.subarray(0, 254)]);
      mkdirSync(this.#at(folder));
      write(Buffer.concat([folder, Buffer.from('/'), name]), name);
      write(Buffer.concat([Buffer.from('odd names/'), name]), Buffer.concat([name, name]));
    }
    mkdirSync(this.#at('special'));
    write('special/large', Buffer.alloc(3_000_001, 'large '));
    write('special/exactly a block', Buffer.alloc(65_536, 1));
    write('special/a block and one', Buffer.alloc(65_537, 2));
    write('special/first name', 'one content, three names');
    linkSync(this.#at('special/first name'), this.#at('special/second name'));
    mkdirSync(this.#at('special/far away'));
    linkSync(this.#at('special/first name'), this.#at('special/far away/third name'));
    symlinkSync('first name', this.#at('special/good link'));
    symlinkSync('../nothing/there', this.#at('special/dangling link'));
    symlinkSync('/etc/passwd', this.#at('special/link to outside'));
    symlinkSync(Buffer.from([0xff, 0x0a]), this.#at('special/link with odd text'));
    symlinkSync('far away', this.#at('special/link to folder'));
    symlinkSync('l'.repeat(4000), this.#at('special/long link'));
    execFileSync('mkfifo', ['-m', '0620', this.#text('special/fifo')]);
    this.#sparse('special/sparse', 50_000_000);
    made += 1;
    write('special/setuid', '#!/bin/sh\n');
    chmodSync(this.#at('special/setuid'), 0o4755);
    write('special/setgid', 'x');
    chmodSync(this.#at('special/setgid'), 0o2711);
    write('special/nobody may read', 'secret');
    chmodSync(this.#at('special/nobody may read'), 0);
    write('special/with attributes', 'x');
    write('special/with access list', 'y');
    this.#attribute('special/with attributes', 'user.note', 'kept');
    this.#attribute('special/with attributes', 'user.empty', '');
    this.#attribute('special', 'user.on a folder', 'kept too');
    execFileSync('setfacl', ['-m', 'u:65534:rwx,g:65534:r--', this.#text('special/with access list')]);
    execFileSync('setfacl', ['-m', 'd:u:65534:r-x', this.#text('special/far away')]);
    mkdirSync(this.#at('special/sticky'), { mode: 0o755 });
    chmodSync(this.#at('special/sticky'), 0o1777);
    mkdirSync(this.#at('special/empty'));
    write('special/old', 'from the time before');
    utimesSync(this.#at('special/old'), 1, 1);
    lutimesSync(this.#at('special/dangling link'), 86_400.123456, 86_400.123456);
    let deep = 'deep';
    for (let level = 0; level < 60; level += 1) {
      mkdirSync(this.#at(deep));
      write(`${deep}/file`, String(level));
      deep += `/level ${level}`;
    }
    mkdirSync(this.#at('read only'));
    for (let index = 0; made < this.#fileCount; index += 1) {
      if (index % 250 === 0) mkdirSync(this.#at(`many/${index / 250}`), { recursive: true });
      const file = `many/${Math.floor(index / 250)}/file ${index}`;
      write(file, index % 10 === 0 ? '' : Buffer.alloc((index * 37) % 4000, index % 256));
      utimesSync(this.#at(file), 1_000_000_000 + index, 1_000_000_000.5 + index);
      if (index % 50 === 0) chownSync(this.#at(file), 1000 + (index % 7), 100);
      if (index % 99 === 0) chmodSync(this.#at(file), 0o600 + (index % 64));
    }
    writeFileSync(this.#at('read only/file'), 'cannot be added to');
    chmodSync(this.#at('read only'), 0o555);
    utimesSync(this.#at('read only'), 500_000_000, 500_000_000);
  }

  /** Changes of every kind, a few hundred of them. */
  change(): void {
    appendFileSync(this.#at('special/large'), 'more');
    this.#overwrite('special/large', 1_500_000, Buffer.alloc(100_000, 'new '));
    truncateSync(this.#at('special/a block and one'), 65_000);
    this.#overwrite('special/sparse', 30_000_000, Buffer.from('no hole any more'));
    this.#overwrite('special/far away/third name', 0, Buffer.from('ONE'));
    unlinkSync(this.#at('special/second name'));
    linkSync(this.#at('special/far away/third name'), this.#at('special/fourth name'));
    rmSync(this.#at('special/good link'));
    symlinkSync('fourth name', this.#at('special/good link'));
    rmSync(this.#at('special/link to folder'));
    mkdirSync(this.#at('special/link to folder'));
    rmSync(this.#at('special/empty'), { recursive: true });
    writeFileSync(this.#at('special/empty'), 'a file now');
    chmodSync(this.#at('special/setuid'), 0o755);
    chmodSync(this.#at('special/setgid'), 0o6755);
    this.#attribute('special/with attributes', 'user.note', 'changed');
    execFileSync('setfattr', ['-x', 'user.empty', this.#text('special/with attributes')]);
    execFileSync('setfacl', ['-b', this.#text('special/with access list')]);
    execFileSync('setfacl', ['-m', 'u:1:rw-', this.#text('special/exactly a block')]);
    execFileSync('mkfifo', [this.#text('special/second fifo')]);
    unlinkSync(this.#at('special/fifo'));
    this.#sparse('special/new sparse', 10_000_000);
    renameSync(this.#at('deep/level 0'), this.#at('raised'));
    renameSync(this.#at('odd names'), this.#at('odder\nnames'));
    for (const [index, name] of oddNames.entries()) {
      const old = Buffer.concat([Buffer.from('odder\nnames/'), name]);
      if (index % 3 === 0) unlinkSync(this.#at(old));
      else if (index % 3 === 1) appendFileSync(this.#at(old), 'more');
      else renameSync(this.#at(old), this.#at(Buffer.concat([Buffer.from('odder\nnames/'), reversed(name)])));
    }
    chmodSync(this.#at('read only'), 0o755);
    writeFileSync(this.#at('read only/file'), 'added all the same');
    chmodSync(this.#at('read only'), 0o500);
    utimesSync(this.#at('special/old'), 2, 2);
    utimesSync(this.#at('many'), 3, 3);
    for (let index = 0; index < 200; index += 1) {
      const file = this.#at(`many/1/file ${250 + index}`);
      if (index % 4 === 0) unlinkSync(file);
      else if (index % 4 === 1) renameSync(file, this.#at(`many/2/moved ${index}`));
      else if (index % 4 === 2) writeFileSync(file, `changed ${index}`);
      else chownSync(file, 2000, 2000);
    }
    rmSync(this.#at('many/3'), { recursive: true });
    renameSync(this.#at('many/4'), this.#at('many/3'));
    mkdirSync(this.#at('many/4'));
    writeFileSync(this.#at('many/4/new'), 'new');
    // Two names exchanged by way of a third.
    renameSync(this.#at('many/5'), this.#at('many/x'));
    renameSync(this.#at('many/6'), this.#at('many/5'));
    renameSync(this.#at('many/x'), this.#at('many/6'));
  }

  #at(name: string | Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.#root}/`), Buffer.from(name)]);
  }

  #text(name: string): string {
    return `${this.#root}/${name}`;
  }

  #attribute(name: string, attribute: string, value: string): void {
    execFileSync('setfattr', ['-n', attribute, '-v', value, this.#text(name)]);
  }

  #overwrite(name: string, offset: number, data: Uint8Array): void {
    const file = openSync(this.#at(name), 'r+');
    writeSync(file, data, 0, data.length, offset);
    closeSync(file);
  }

  #sparse(name: string, size: number): void {
    const file = openSync(this.#at(name), 'w');
    ftruncateSync(file, size);
    writeSync(file, Buffer.from('island'), 0, 6, Math.floor(size / 2));
    closeSync(file);
  }
}

function reversed(name: Buffer): Buffer {
  return Buffer.from(Buffer.concat([name]).reverse());
}
