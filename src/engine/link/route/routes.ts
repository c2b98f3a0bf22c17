// The routes of a source server: one for each target and address, however many jobs use it.
import type { Clock } from '../../../base/waiting/clock.ts';
import type { LineSettings } from '../../../model/transmission.ts';
import { Route, type RoutePlace } from './route.ts';

export class Routes {
  readonly #clock: Clock;
  readonly #routes = new Map<string, Route>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  find(place: RoutePlace): Route | undefined {
    return this.#routes.get(keyOf(place));
  }

  /** The route to this place; it is made with these settings when there is none. */
  take(place: RoutePlace, settings: LineSettings): Route {
    const known = this.find(place);
    if (known !== undefined) return known;
    const route = new Route(place, settings, this.#clock);
    this.#routes.set(keyOf(place), route);
    return route;
  }

  /** No job uses it any more. */
  forget(route: Route): void {
    this.#routes.delete(keyOf(route.place));
  }
}

function keyOf({ target, address }: RoutePlace): string {
  return `${target} ${address}`.toLowerCase();
}
