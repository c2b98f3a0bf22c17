// `check --format sarif`: the shape that the schema of SARIF 2.1.0 requires, and regions that say where to look.
import { expect, it } from 'vitest';
import { diagnosticsAsSarif } from '../../src/language/diagnostics/sarif.ts';
import { checkScript } from '../../src/language/program.ts';
import { SourceText } from '../../src/language/tree/source-text.ts';

interface Shape {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
  /** Which members are again objects, or lists of objects, of which shape. */
  readonly inner?: Readonly<Record<string, Shape>>;
}

const message: Shape = { required: ['text'] };
const artifactLocation: Shape = { required: ['uri'] };
const region: Shape = { required: ['startLine', 'startColumn', 'endLine', 'endColumn'] };
const physicalLocation: Shape = { required: ['artifactLocation', 'region'], inner: { artifactLocation, region } };
const replacement: Shape = {
  required: ['deletedRegion', 'insertedContent'],
  inner: { deletedRegion: region, insertedContent: message },
};

/** Of the schema, what is used here: no object may have other members, and lists of fixes and changes are never empty. */
const log: Shape = {
  required: ['$schema', 'version', 'runs'],
  inner: {
    runs: {
      required: ['tool', 'invocations', 'columnKind', 'results'],
      inner: {
        tool: {
          required: ['driver'],
          inner: {
            driver: {
              required: ['name', 'version', 'rules'],
              inner: {
                rules: {
                  required: ['id', 'shortDescription', 'help', 'defaultConfiguration'],
                  inner: { shortDescription: message, help: message, defaultConfiguration: { required: ['level'] } },
                },
              },
            },
          },
        },
        invocations: { required: ['executionSuccessful'] },
        results: {
          required: ['ruleId', 'ruleIndex', 'level', 'message', 'locations'],
          optional: ['relatedLocations', 'fixes'],
          inner: {
            message,
            locations: { required: ['physicalLocation'], inner: { physicalLocation } },
            relatedLocations: { required: ['id', 'message', 'physicalLocation'], inner: { message, physicalLocation } },
            fixes: {
              required: ['description', 'artifactChanges'],
              inner: {
                description: message,
                artifactChanges: {
                  required: ['artifactLocation', 'replacements'],
                  inner: { artifactLocation, replacements: replacement },
                },
              },
            },
          },
        },
      },
    },
  },
};

function faults(value: unknown, { required, optional = [], inner = {} }: Shape, where = 'log'): string[] {
  const object = value as Readonly<Record<string, unknown>>;
  const missing = required.filter((name) => object[name] === undefined).map((name) => `${where}.${name} is missing`);
  const known = [...required, ...optional];
  const strange = Object.keys(object).filter((name) => !known.includes(name));
  return [
    ...missing,
    ...strange.map((name) => `${where}.${name} is not known`),
    ...Object.entries(inner).flatMap(([name, shape]) =>
      [object[name] ?? []].flat().flatMap((one) => faults(one, shape, `${where}.${name}`)),
    ),
  ];
}

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly { readonly physicalLocation: { readonly region: unknown } }[];
  readonly fixes?: readonly unknown[];
}

function check(
  text: string,
  file = 'my scripts/sales.dtcl',
): { runs: { results: Result[]; tool: { driver: { rules: { id: string }[] } } }[] } {
  const source = new SourceText(file, text);
  const { diagnostics } = checkScript(source);
  return JSON.parse(diagnosticsAsSarif([{ source, diagnostics }], { version: '0.1.0', successful: true }));
}

const text = '$con = 1\r\nwrite "ä€😀", $cno\r\n$x = 5m + 3 KB\r\nexit 1\r\nwrite """late\r\nand later"""\r\n';

it('has the shape that the schema requires', () => {
  const found = check(text);
  expect(faults(found, log)).toEqual([]);
  expect(found).toMatchObject({ version: '2.1.0', runs: [{ columnKind: 'utf16CodeUnits' }] });
});

it('says where, in UTF-16 units, up to the column behind the last', () => {
  const { results, tool } = check(text).runs[0] ?? { results: [], tool: { driver: { rules: [] } } };
  const regions = results.map((one) => [one.ruleId, one.level, one.locations[0]?.physicalLocation.region]);
  expect(regions).toEqual([
    ['U0301', 'error', { startLine: 2, startColumn: 15, endLine: 2, endColumn: 19 }],
    ['U0501', 'error', { startLine: 3, startColumn: 6, endLine: 3, endColumn: 15 }],
    ['U0601', 'warning', { startLine: 5, startColumn: 1, endLine: 6, endColumn: 13 }],
  ]);
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
});

it('has a fix where the word to write is known, and says what to do where not', () => {
  const [unknown, misfit] = check(text).runs[0]?.results ?? [];
  expect(unknown?.message.text).toBe('there is no variable $cno. Fix: did you mean $con?');
  expect(unknown?.fixes).toMatchObject([
    {
      artifactChanges: [
        {
          artifactLocation: { uri: 'my%20scripts/sales.dtcl' },
          replacements: [
            {
              deletedRegion: { startLine: 2, startColumn: 15, endLine: 2, endColumn: 19 },
              insertedContent: { text: '$con' },
            },
          ],
        },
      ],
    },
  ]);
  expect(misfit?.fixes).toBeUndefined();
  expect(misfit).toMatchObject({ relatedLocations: [{ id: 1 }, { id: 2 }] });
});

it('an absolute path is a file URI', () => {
  expect(JSON.stringify(check('write $x', '/srv/50%.dtcl'))).toContain('"file:///srv/50%25.dtcl"');
});
