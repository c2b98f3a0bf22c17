// Railroad diagrams of the rules of the parser, as one page that needs nothing else.
import railroad, { type Component } from 'railroad-diagrams';

const { Choice, Diagram, NonTerminal, OneOrMore, Optional, Sequence, Terminal, ZeroOrMore } = railroad;

const style = `
body { font-family: sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; }
svg { max-width: 100%; height: auto; }
svg path { stroke-width: 2; stroke: #444; fill: none; }
svg text { font: 14px monospace; text-anchor: middle; }
svg rect { stroke-width: 2; stroke: #444; fill: #e6eefc; }
svg .terminal rect { fill: #e4f5e0; }
`;

/** A part of a grammar as Chevrotain writes it; the types of Chevrotain leave out all but `type` and `definition`. */
export interface Production {
  readonly type: string;
  readonly name?: string;
  readonly label?: string;
  /** The spelling of a token in this place, where it has one of its own. */
  readonly terminalLabel?: string;
  readonly separator?: Production;
  readonly definition?: readonly Production[];
}

export function diagramPage(rules: readonly Production[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The language in diagrams</title>
<style>${style}</style>
</head>
<body>
<h1>The language in diagrams</h1>
<p>Drawn from the rules of the parser; grammar/grammar.md says what they mean. Rounded boxes are written as they stand, words in any
case; square ones are rules, or in CAPITALS tokens.</p>
${rules.map(ruleDiagram).join('\n')}
</body>
</html>
`;
}

function ruleDiagram({ name = '', definition = [] }: Production): string {
  return `<h3 id="${name}">${name}</h3>\n${new Diagram([sequence(definition)]).format().toString().trim()}`;
}

function sequence(definition: readonly Production[]): Component {
  return new Sequence(definition.map(component));
}

function component(production: Production): Component {
  const { type, name = '', label = '', terminalLabel = label, separator, definition = [] } = production;
  const inner = (): Component => sequence(definition);
  switch (type) {
    case 'NonTerminal':
      return new NonTerminal(name);
    case 'Terminal': {
      const written = /^(?:'(.+)'|"(.+)")$/.exec(terminalLabel);
      return written === null ? new NonTerminal(terminalLabel) : new Terminal(terminalLabel.replaceAll(/["']/g, ''));
    }
    case 'Alternation':
      return new Choice(0, definition.map(component));
    case 'Alternative':
      return inner();
    case 'Option':
      return new Optional(inner());
    case 'Repetition':
      return new ZeroOrMore(inner());
    case 'RepetitionWithSeparator':
      return new Optional(new OneOrMore(inner(), ...(separator === undefined ? [] : [component(separator)])));
    default:
      throw new Error(`the parser has a ${type}, of which there is no drawing`);
  }
}
