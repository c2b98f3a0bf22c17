// How the parser chooses: by the kind of the next token alone. Chevrotain's own strategy does so too, where it may look no
// further, but computes all choices of the grammar whenever a parser is made, which took a third of the time that a script of
// one line needs to start. Here a choice is computed when a text first comes to it.
import {
  Alternation,
  type ILookaheadStrategy,
  type IProduction,
  type IProductionWithOccurrence,
  type IToken,
  LLkLookaheadStrategy,
  NonTerminal,
  Option,
  type OptionalProductionType,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  type Rule,
  Terminal,
  type TokenType,
} from 'chevrotain';

/** What is asked of the parser, which Chevrotain passes as `this`. */
interface Reader {
  LA_FAST(distance: number): IToken;
}

/** An alternative of a choice as the rule gives it: one whose GATE says false is passed over. */
interface Gated {
  readonly GATE?: () => boolean;
}

type Composite = IProductionWithOccurrence & { readonly definition: IProduction[] };
type CompositeType = new (options: { definition: IProduction[]; separator: TokenType }) => Composite;

const optionalTypes: Readonly<Record<OptionalProductionType, CompositeType>> = {
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
};

/** Where the next token is not enough, a GATE of the rule decides between the alternatives that it may begin. */
export class FirstTokens extends LLkLookaheadStrategy implements ILookaheadStrategy {
  constructor() {
    super({ maxLookahead: 1 });
  }

  override buildLookaheadForAlternation(options: {
    readonly prodOccurrence: number;
    readonly rule: Rule;
    readonly maxLookahead: number;
    readonly hasPredicates: boolean;
  }): () => number | undefined {
    const { rule, prodOccurrence, maxLookahead } = options;
    if (maxLookahead > 1) throw new Error(`a choice in ${rule.name} looks at more than one token`);
    let choices: readonly (readonly number[] | undefined)[] | undefined;
    return function choose(this: Reader, alternatives: readonly Gated[]): number | undefined {
      choices ??= choicesOf(find(rule, Alternation, prodOccurrence).definition);
      return choices[this.LA_FAST(1).tokenTypeIdx]?.find((index) => alternatives[index]?.GATE?.call(this) !== false);
    } as () => number | undefined;
  }

  override buildLookaheadForOptional(options: {
    readonly prodOccurrence: number;
    readonly prodType: OptionalProductionType;
    readonly rule: Rule;
    readonly maxLookahead: number;
  }): () => boolean {
    const { rule, prodOccurrence, prodType, maxLookahead } = options;
    if (maxLookahead > 1) throw new Error(`an optional part of ${rule.name} looks at more than one token`);
    let choices: readonly (readonly number[] | undefined)[] | undefined;
    return function follows(this: Reader): boolean {
      choices ??= choicesOf([find(rule, optionalTypes[prodType], prodOccurrence)]);
      return choices[this.LA_FAST(1).tokenTypeIdx] !== undefined;
    } as () => boolean;
  }
}

/** For each type of token the indexes of the alternatives that it begins, in their order; one, except where a GATE decides. */
function choicesOf(alternatives: readonly IProduction[]): readonly (readonly number[] | undefined)[] {
  const choices: (number[] | undefined)[] = [];
  for (const [index, alternative] of alternatives.entries()) {
    const first = new Set<number>();
    addFirst([alternative], first);
    for (const type of first) {
      const earlier = choices[type];
      if (earlier === undefined) choices[type] = [index];
      else earlier.push(index);
    }
  }
  return choices;
}

/** Adds the types of token that a sequence can begin with; returns whether it can be empty. */
function addFirst(sequence: readonly IProduction[], found: Set<number>): boolean {
  return sequence.every((production) => {
    if (production instanceof Terminal) {
      const { tokenTypeIdx, categoryMatches = [] } = production.terminalType;
      for (const type of [tokenTypeIdx ?? 0, ...categoryMatches]) found.add(type);
      return false;
    }
    const { definition } = production as Composite;
    if (production instanceof Alternation) return definition.map((one) => addFirst([one], found)).includes(true);
    const canBeEmpty = addFirst(definition, found);
    return canBeEmpty || [Option, Repetition, RepetitionWithSeparator].some((type) => production instanceof type);
  });
}

/** The construct of a rule that has this type and number; what stands in other rules is not looked at. */
function find(rule: Rule, type: CompositeType, occurrence: number): Composite {
  const found = findIn(rule.definition, type, occurrence);
  if (found === undefined) throw new Error(`${rule.name} has no ${type.name} ${occurrence}`);
  return found;
}

function findIn(productions: readonly IProduction[], type: CompositeType, occurrence: number): Composite | undefined {
  for (const production of productions) {
    if (production instanceof Terminal || production instanceof NonTerminal) continue;
    const composite = production as Composite;
    if (composite instanceof type && composite.idx === occurrence) return composite;
    const inner = findIn(composite.definition, type, occurrence);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
