// Limits the memory of links whose hello has not been read. A hello is small and arrives whole. A peer that sends only
// a part of one, or goes on sending before it is answered, uses up a budget that all such links share; when the budget
// is used up, the oldest of these links is closed.
import { ByteBudget } from '../../../base/limits/byte-budget.ts';
import type { Link } from '../../../ports/network.ts';

/** The largest hello, with its framing. */
export const helloBytesMax = 4 * 1_048_576;
/** The budget of all links together: four of the largest hellos. */
export const unreadBytesMax = 16 * 1_048_576;
/** What a link counts for before it has sent anything; so the budget has room for 256 such links. */
const linkBytes = 65_536;

export class UnreadHellos {
  readonly #budget = new ByteBudget(unreadBytesMax);

  /** Returns the link to use instead. Its bytes count until `greeted` is called or it closes. */
  watch(link: Link): { readonly link: Link; readonly greeted: () => void } {
    let isOpen = true;
    const close = (reason: string): void => {
      if (!isOpen) return;
      isOpen = false;
      link.close(reason);
    };
    const held = this.#budget.open(() => close('too many links were being greeted at a time'));
    held.add(linkBytes);
    let taken = 0;
    const greeted = (): void => {
      taken = Number.NEGATIVE_INFINITY;
      held.close();
    };
    const watched: Link = {
      peer: link.peer,
      listen: (listener) =>
        link.listen({
          data: (bytes) => {
            taken += bytes.length;
            held.add(bytes.length);
            if (taken > helloBytesMax) close(`more than ${helloBytesMax} bytes came before the link was greeted`);
            if (isOpen) listener.data(bytes);
          },
          closed: (reason) => {
            isOpen = false;
            held.close();
            listener.closed(reason);
          },
        }),
      send: (bytes) => link.send(bytes),
      drained: () => link.drained(),
      close: (reason) => {
        isOpen = false;
        link.close(reason);
      },
    };
    return { link: watched, greeted };
  }
}
