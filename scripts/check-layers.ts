// Holds the imports of src/ against the layer table (layers.ts), with dependency-cruiser. It reads .ts files through
// @swc/core; without a reader it would see nothing and find nothing wrong, so what it saw is compared with what is there.
import { existsSync, globSync } from 'node:fs';
import { join, sep } from 'node:path';
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { computationModules, floors, rooms } from './layers.ts';

export interface LayerReport {
  /** How many modules of src/ were read. */
  readonly moduleCount: number;
  /** One readable line for each import, or file, that breaks the table. */
  readonly violations: readonly string[];
}

/** Checks the src/ folder below `projectFolder`. Rejects when the reader did not see every module. */
export async function checkLayers(projectFolder: string): Promise<LayerReport> {
  if (!existsSync(join(projectFolder, 'src'))) throw new Error(`there is no src folder in ${projectFolder}`);
  const present = globSync('src/**/*.ts', { cwd: projectFolder }).map((path) => path.split(sep).join('/'));
  const { output } = await cruise(['src'], {
    baseDir: projectFolder,
    doNotFollow: { path: 'node_modules' },
    ruleSet: { forbidden: rules() },
    validate: true,
  });
  const result = output as ICruiseResult;
  const seen = new Set(result.modules.map((module) => module.source));
  const unseen = present.filter((path) => !seen.has(path));
  if (present.length === 0 || unseen.length > 0) {
    throw new Error(`the reader saw ${present.length - unseen.length} of ${present.length} modules, not ${unseen[0]}`);
  }
  const homeless = present
    .filter((path) => !isListed(path))
    .map((path) => `${path}: its folder is not a room of the layer table (scripts/layers.ts)`);
  const broken = result.summary.violations.map(({ rule, from, to }) => `${from} imports ${to}: ${rule.name}`);
  return { moduleCount: present.length, violations: [...homeless, ...broken] };
}

/** Whether its folder, and every folder above, is in the table. */
function isListed(path: string): boolean {
  const [room = '', ...below] = path.split('/').slice(1, -1);
  if (rooms[room] === undefined) return false;
  let folder = room;
  for (const name of below) {
    if (!floors[folder]?.some((floor) => Object.hasOwn(floor, name))) return false;
    folder = `${folder}/${name}`;
  }
  return true;
}

function rules(): IForbiddenRuleType[] {
  return [...roomRules(), ...floorRules(), circleRule];
}

const circleRule: IForbiddenRuleType = {
  name: 'no files may import each other in a circle, not even for types',
  severity: 'error',
  from: { path: '^src/' },
  to: { circular: true },
};

function floorRules(): IForbiddenRuleType[] {
  return Object.entries(floors).flatMap(([folder, ofFolder]) =>
    ofFolder.flatMap((floor, height) =>
      Object.keys(floor).map((name): IForbiddenRuleType => {
        const forbidden = ofFolder
          .slice(height)
          .flatMap((other) => Object.keys(other))
          .filter((other) => other !== name);
        return {
          name: `${folder}/${name} may import no sub-room of its own floor, or of a higher one`,
          severity: 'error',
          from: { path: `^src/${folder}/${name}/` },
          to: { path: `^src/${folder}/(${['-', ...forbidden].join('|')})/` },
        };
      }),
    ),
  );
}

function roomRules(): IForbiddenRuleType[] {
  const names = Object.keys(rooms);
  const forbidden: IForbiddenRuleType[] = [];
  for (const [name, room] of Object.entries(rooms)) {
    const from = { path: `^src/${name}/` };
    forbidden.push({
      name: `${name} may import only ${room.imports.join(', ') || 'itself'}`,
      severity: 'error',
      from,
      to: { path: '^(src|test|scripts|bin)/', pathNot: `^src/(${[name, ...room.imports].join('|')})/` },
    });
    if (room.builtins !== 'any') {
      forbidden.push({
        name: `${name} may not touch the system; that is what platform is for`,
        severity: 'error',
        from,
        to: { dependencyTypes: ['core'], pathNot: `^(${[...computationModules, ...room.builtins].join('|')})$` },
      });
    }
    for (const ownPackage of room.ownPackages) {
      const others = names.filter((other) => other !== name && other !== 'cli');
      forbidden.push({
        name: `only ${name} may import ${ownPackage}`,
        severity: 'error',
        from: { path: `^src/(${others.join('|')})/` },
        to: { path: `(^|node_modules/)${ownPackage}(/|$)` },
      });
    }
  }
  return forbidden;
}
