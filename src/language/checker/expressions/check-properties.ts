// Properties of variables that certainly hold a handle: `$con.mirror.percnt` is found before anything runs.
import { handleProperties, type PropertyNames, propertyNamed } from '../../catalogue/definition/handle-properties.ts';
import type { DiagnosticSink } from '../../diagnostics/diagnostics.ts';
import { nearestMatch } from '../../diagnostics/nearest-match.ts';
import type { PathStep } from '../../tree/ast.ts';
import { type HandleType, withArticle } from '../../values/value.ts';

/** Reports the first step that a handle of this type does not have. */
export function checkProperties(type: HandleType, steps: readonly PathStep[], sink: DiagnosticSink): void {
  const [first] = steps;
  // Every value has a code.
  if (first?.kind === 'field' && first.name.toLowerCase() === 'code') return;
  let names: PropertyNames = handleProperties[type];
  let owner = withArticle(type);
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'field') return;
    const inside = propertyNamed(names, step.name);
    if (inside === undefined || (inside === 'plain' && index < steps.length - 1)) {
      const wrong = inside === undefined ? step : (steps[index + 1] ?? step);
      const name = wrong.kind === 'field' ? wrong.name : 'items';
      const suggestion = inside === undefined ? suggestProperty(name, names) : 'it is a plain value';
      const start = wrong.start + (wrong.kind === 'field' ? 1 : 0);
      const whole = inside === undefined ? owner : `${owner}.${step.name}`;
      sink.report({ start, end: wrong.end }, 'U0504', { type: whole, name, suggestion });
      return;
    }
    if (typeof inside === 'string') return;
    names = inside;
    owner += `.${step.name}`;
  }
}

function suggestProperty(name: string, names: PropertyNames): string {
  const here = nearestMatch(name, Object.keys(names));
  if (here?.startsWith(name.slice(0, 1).toLowerCase())) return `did you mean ${here}?`;
  const deeper = pathsOf(names).filter((path) => path.endsWith(`.${name.toLowerCase()}`));
  if (deeper.length === 1) return `did you mean ${deeper[0]}?`;
  if (deeper.length > 1) return `there are: ${deeper.join(', ')}`;
  return here === undefined ? `there are: ${Object.keys(names).join(', ')}` : `did you mean ${here}?`;
}

function pathsOf(names: PropertyNames): readonly string[] {
  return Object.entries(names).flatMap(([name, inside]) =>
    typeof inside === 'string' ? [name] : pathsOf(inside).map((path) => `${name}.${path}`),
  );
}
