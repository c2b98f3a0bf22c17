// The functions that the host carries out, from their descriptions in the catalogue.
import type { Argument } from '../catalogue/definition/definition.ts';
import { lookups } from '../catalogue/lookups.ts';
import type { FunctionTable, ParameterType } from './function-definition.ts';

export const lookupFunctions: FunctionTable = lookups.map((definition) => [
  definition.words,
  {
    parameters: definition.arguments.map(parameterOf),
    required: definition.arguments.filter(({ required }) => required).length,
    result: definition.result,
    help: definition.summary,
    lookup: definition,
  },
]);

function parameterOf({ type }: Argument): ParameterType {
  if (type === 'connection') return 'connection or its name';
  return type === 'server' ? "server's name" : 'name';
}
