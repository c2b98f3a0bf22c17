// A server as the commands see it, the same whether it is in this process (runtime/server) or behind the API (src/api).
// Its calls are in the table (server-calls.ts), grouped by service: `server.snapshots.take(…)`.
import { assert } from '../../base/failure.ts';
import { type Call, serverCalls } from './server-calls.ts';

type Table = typeof serverCalls;
type ServiceName = keyof Table;
type Method<One> = One extends Call<infer Parameters, infer Result> ? (...given: Parameters) => Promise<Result> : never;

export type Service<Name extends ServiceName> = {
  readonly [Key in keyof Table[Name]]: Method<Table[Name][Key]>;
};

type Services = { readonly [Name in ServiceName]: Service<Name> };

export interface Server extends Services {
  readonly name: string;
}

/** The name of a call: `snapshots.take` for `server.snapshots.take(…)`. */
export type ServerMethod = { [Name in ServiceName]: `${Name}.${keyof Table[Name] & string}` }[ServiceName];

/** The parameters of a call. */
export type Arguments<Wanted extends ServerMethod> = Wanted extends `${infer Name extends ServiceName}.${infer Key}`
  ? Key extends keyof Table[Name]
    ? Table[Name][Key] extends Call<infer Parameters, infer _>
      ? Parameters
      : never
    : never
  : never;

const calls: ReadonlyMap<string, Call<readonly unknown[], unknown>> = new Map(
  Object.entries<Readonly<Record<string, Call<readonly unknown[], unknown>>>>(serverCalls).flatMap(
    ([service, methods]) => Object.entries(methods).map(([method, call]) => [`${service}.${method}`, call] as const),
  ),
);

export const serverMethods = [...calls.keys()] as readonly ServerMethod[];

export function isServerMethod(name: string): name is ServerMethod {
  return calls.has(name);
}

/** The line of the table for a method. Fails an assertion for a method that is not in the table. */
export function callOf(method: ServerMethod): Call<readonly unknown[], unknown> {
  const call = calls.get(method);
  assert(call !== undefined, `${method} is no call on a server`);
  return call;
}

export type Answerer = (method: ServerMethod, given: readonly unknown[]) => Promise<unknown>;

/** A server on which one function answers all calls. */
export function serverFrom(name: string, answer: Answerer): Server {
  const services: Record<string, Record<string, unknown>> = {};
  for (const method of serverMethods) {
    const [service, key] = partsOf(method);
    const methods = services[service] ?? {};
    services[service] = methods;
    methods[key] = (...given: readonly unknown[]) => answer(method, given);
  }
  // The loop made one function for each line of the table, and the type is derived from the same table.
  return { name, ...services } as unknown as Server;
}

/** Functions that answer some of the calls, by service. */
export type Answers = {
  readonly [Name in ServiceName]?: {
    readonly [Key in keyof Table[Name]]?: Table[Name][Key] extends Call<infer Parameters, infer Result>
      ? (...given: Parameters) => Result | Promise<Result>
      : never;
  };
};

/** undefined when the answers have no function for this call. */
export function answerOf(
  answers: Answers,
  method: ServerMethod,
): ((...given: readonly unknown[]) => unknown) | undefined {
  const [service, key] = partsOf(method);
  const methods = answers[service] as Readonly<Record<string, (...given: readonly unknown[]) => unknown>> | undefined;
  return methods?.[key];
}

/** Makes a call by its name. The caller must have checked the parameters if they come from outside this process. */
export function callOn(server: Server, method: ServerMethod, given: readonly unknown[]): Promise<unknown> {
  callOf(method);
  const [service, key] = partsOf(method);
  const methods = server[service] as Readonly<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>;
  const call = methods[key];
  assert(call !== undefined, `${server.name} has no ${method}`);
  return call.apply(methods, [...given]);
}

function partsOf(method: ServerMethod): readonly [service: ServiceName, key: string] {
  const [service, key] = method.split('.');
  return [service as ServiceName, key ?? ''];
}
