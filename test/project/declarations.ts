// What a module declares at its top: functions, constants, types, classes and interfaces by name, and the members of the last two
// and of a constant object as `Owner.member`, private ones as `Owner.#member`.
import {
  type ClassDeclaration,
  type Declaration,
  type ModuleItem,
  parseSync,
  type TsInterfaceDeclaration,
} from '@swc/core';

export function declarationsOf(source: string): ReadonlySet<string> {
  const { body } = parseSync(source, { syntax: 'typescript', target: 'es2022' });
  return new Set(body.flatMap((item) => namesIn(item)));
}

function namesIn(item: ModuleItem): readonly string[] {
  const declared = item.type === 'ExportDeclaration' ? item.declaration : (item as Declaration);
  switch (declared.type) {
    case 'FunctionDeclaration':
      return [declared.identifier.value];
    case 'TsTypeAliasDeclaration':
      return [declared.id.value];
    case 'ClassDeclaration':
      return withMembers(declared.identifier.value, declared.body);
    case 'TsInterfaceDeclaration':
      return withMembers(declared.id.value, declared.body.body);
    case 'VariableDeclaration':
      return declared.declarations.flatMap(({ id, init }) => {
        if (id.type !== 'Identifier') return [];
        return withMembers(id.value, init?.type === 'ObjectExpression' ? init.properties : []);
      });
    default:
      return [];
  }
}

type Member =
  | ClassDeclaration['body'][number]
  | TsInterfaceDeclaration['body']['body'][number]
  | { readonly type: string; readonly key?: { readonly type: string; readonly value?: unknown } };

function withMembers(owner: string, members: readonly Member[]): readonly string[] {
  return [owner, ...members.flatMap((member) => memberName(member)).map((name) => `${owner}.${name}`)];
}

function memberName(member: Member): readonly string[] {
  const key = 'key' in member ? member.key : undefined;
  if (key === undefined || !('value' in key) || typeof key.value !== 'string') return [];
  return [key.type === 'PrivateName' ? `#${key.value}` : key.value];
}
