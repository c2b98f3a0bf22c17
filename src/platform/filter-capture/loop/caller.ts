// Acts as the program that asked: what the loop creates or writes gets the owner, the mode and the share of the disk's reserve that the
// kernel would have given it without the filter.
//
// The thread keeps the rights of root, as the kernel has checked the program's rights before it asked (default_permissions). Only the
// user and group of file accesses follow the program (setfsuid(2), setfsgid(2)); SECBIT_NO_SETUID_FIXUP (capabilities(7)) is why
// the rights stay. All of it belongs to one thread. The calls are made only when the next program is another.
import { prctl, setfsgid, setfsuid, umask } from '../kernel/file-calls.ts';

const setSecureBits = 28; // PR_SET_SECUREBITS
const keepRights = 1 << 2; // SECBIT_NO_SETUID_FIXUP

export class Caller {
  #userId = 0;
  #groupId = 0;
  #umask: number;

  constructor() {
    prctl(setSecureBits, keepRights, 0, 0, 0);
    this.#umask = 0o022;
    umask(this.#umask);
  }

  become(userId: number, groupId: number): void {
    if (groupId !== this.#groupId) {
      setfsgid(groupId);
      this.#groupId = groupId;
    }
    if (userId !== this.#userId) {
      setfsuid(userId);
      this.#userId = userId;
    }
  }

  /** What is created from now on loses these bits, unless the folder has a default ACL. */
  setUmask(mask: number): void {
    if (mask === this.#umask) return;
    umask(mask);
    this.#umask = mask;
  }
}
