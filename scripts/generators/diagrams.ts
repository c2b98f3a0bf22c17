// Railroad diagrams of the rules in grammar/grammar.md, as one page that needs nothing else.
import railroad, { type Component } from 'railroad-diagrams';
import type { Expression, Rule } from '../ebnf.ts';

const { Choice, Diagram, NonTerminal, OneOrMore, Optional, Sequence, Terminal, ZeroOrMore } = railroad;

const style = `
body { font-family: sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; }
svg { max-width: 100%; height: auto; }
svg path { stroke-width: 2; stroke: #444; fill: none; }
svg text { font: 14px monospace; text-anchor: middle; }
svg rect { stroke-width: 2; stroke: #444; fill: #e6eefc; }
svg .terminal rect { fill: #e4f5e0; }
`;

export function diagramPage(rules: readonly Rule[]): string {
  const sections = [...new Set(rules.map((rule) => rule.section))];
  const body = sections.map((section) => {
    const drawn = rules.filter((rule) => rule.section === section).map(ruleDiagram);
    return `<h2>${section}</h2>\n${drawn.join('\n')}`;
  });
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The language in diagrams</title>
<style>${style}</style>
</head>
<body>
<h1>The language in diagrams</h1>
<p>Drawn from the rules in grammar/grammar.md, which says what they mean. Rounded boxes are written as they stand, words in any case;
square ones are rules, or in CAPITALS tokens.</p>
${body.join('\n')}
</body>
</html>
`;
}

function ruleDiagram({ name, expression }: Rule): string {
  return `<h3 id="${name}">${name}</h3>\n${new Diagram([component(expression)]).format().toString().trim()}`;
}

function component(expression: Expression): Component {
  switch (expression.kind) {
    case 'word':
    case 'character':
      return new Terminal(expression.text);
    case 'token':
    case 'rule':
      return new NonTerminal(expression.text);
    case 'sequence':
      return new Sequence(sequence(expression.items));
    case 'choice':
      return new Choice(0, expression.items.map(component));
    case 'optional':
      return new Optional(component(expression.item));
    case 'repeated':
      return new ZeroOrMore(component(expression.item));
  }
}

/** The items, with `x {',' x}` drawn as one loop. */
function sequence(items: readonly Expression[]): Component[] {
  const [first, second, ...rest] = items;
  if (first === undefined) return [];
  const inner = second?.kind === 'repeated' && second.item.kind === 'sequence' ? second.item.items : [];
  const [separator, again] = inner;
  if (separator !== undefined && inner.length === 2 && JSON.stringify(again) === JSON.stringify(first))
    return [new OneOrMore(component(first), component(separator)), ...sequence(rest)];
  return [component(first), ...sequence(items.slice(1))];
}
