// The addresses of machines on one network in memory. What two machines have at the same time can be seen.
import { Failure } from '../../../base/failure.ts';
import type { Addresses, PlacedAddress } from '../../../ports/addresses.ts';

export class MemorySegment {
  readonly #machines = new Map<string, MemoryAddresses>();
  /** Which machine the others send to, by address. */
  readonly #learned = new Map<string, string>();

  /** `first`: what the machine is made with. */
  machine(name: string, first: readonly PlacedAddress[] = []): MemoryAddresses {
    const known = this.#machines.get(name);
    if (known !== undefined) return known;
    const made = new MemoryAddresses(name, this, first);
    this.#machines.set(name, made);
    for (const { address } of first) this.learn(address, name);
    return made;
  }

  /** The machines that have the address. */
  holders(address: string): readonly string[] {
    return [...this.#machines]
      .filter(([, machine]) => machine.isReachable && machine.has(address))
      .map(([name]) => name);
  }

  /** Whom a packet to the address reaches. */
  reached(address: string): string | undefined {
    return this.#learned.get(address);
  }

  learn(address: string, machine: string): void {
    this.#learned.set(address, machine);
  }
}

export class MemoryAddresses implements Addresses {
  readonly #name: string;
  readonly #segment: MemorySegment;
  #places: readonly PlacedAddress[];
  /** Whether the machine is on the network. */
  isReachable = true;

  constructor(name: string, segment: MemorySegment, first: readonly PlacedAddress[]) {
    this.#name = name;
    this.#segment = segment;
    this.#places = first;
  }

  has(address: string): boolean {
    return this.#places.some((one) => one.address === address);
  }

  async list(): Promise<readonly PlacedAddress[]> {
    return this.#places;
  }

  async holder({ address }: PlacedAddress): Promise<string | undefined> {
    return this.#segment.holders(address).find((name) => name !== this.#name);
  }

  async add(place: PlacedAddress): Promise<void> {
    this.#expectInterface(place);
    if (!this.has(place.address)) this.#places = [...this.#places, place];
  }

  async remove(place: PlacedAddress): Promise<void> {
    this.#expectInterface(place);
    this.#places = this.#places.filter(({ address }) => address !== place.address);
  }

  async announce({ address }: PlacedAddress): Promise<void> {
    if (this.isReachable) this.#segment.learn(address, this.#name);
  }

  #expectInterface({ address, interfaceName }: PlacedAddress): void {
    if (this.#places.some((one) => one.interfaceName === interfaceName)) return;
    const reason = `there is no network interface ${interfaceName}`;
    throw new Failure({ code: 'INTERFACE-MISSING', operation: 'change an address', subject: address, reason });
  }
}
