// The memory that links may take before they have said who they are here for. A hello is small and arrives whole; whoever sends
// a part of one and waits, or goes on sending before it is answered, takes from one budget with all others like it, and the
// one that began first is let go when it is used up.
import { ByteBudget } from '../../../base/limits/byte-budget.ts';
import type { Link } from '../../../ports/network.ts';

/** The largest hello, with what is sent around it. */
export const helloBytesMax = 4 * 1_048_576;
/** Of all links together: four of the largest. */
export const unreadBytesMax = 16 * 1_048_576;
/** What a link takes that says nothing: of those there are 256 at most. */
const linkBytes = 65_536;

export class UnreadHellos {
  readonly #budget = new ByteBudget(unreadBytesMax);

  /** The link to use instead; its bytes count until `greeted` is called, or it closes. */
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
