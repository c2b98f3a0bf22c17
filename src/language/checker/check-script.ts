// Finds mistakes before anything runs: names without a value, commands that the catalogue does not have, values of the
// wrong type, statements that are never reached, secrets that would be shown.
//
// It is one walk in the order of the text. For every variable the walk keeps the type that the variable certainly has,
// or `any`: after branches that disagree, and in loops for variables that the loop assigns. So a reported type is
// always wrong; a type that may be wrong is checked when the script runs.
import { isCommandWord } from '../catalogue/catalogue.ts';
import type { DiagnosticSink } from '../diagnostics/diagnostics.ts';
import { builtinFunctions } from '../functions/builtin-functions.ts';
import { unchangeable } from '../functions/operations.ts';
import type { Block, CommandNode, Expression, Statement, StatementOf } from '../tree/ast.ts';
import { assignedByHandlers, assignedNames, walkBlock } from '../tree/ast-walk.ts';
import type { Range } from '../tree/source-text.ts';
import { type BoundCommand, bindCommand } from './commands/bind-command.ts';
import { checkArguments } from './commands/check-arguments.ts';
import { checkInterval, literalOf } from './commands/check-literals.ts';
import { checkAvailability, checkPaths } from './commands/check-warnings.ts';
import { withOptionLines } from './commands/option-lines.ts';
import { checkExpression, type ExpressionScope, expectType, type NoteType } from './expressions/check-expression.ts';
import type { StaticType } from './expressions/known-types.ts';
import { KnownTypes } from './expressions/known-types.ts';
import { checkHandler } from './statements/check-handler.ts';
import { checkParallel, ownNames, reportLeavesBranch } from './statements/check-parallel.ts';
import { checkParameter } from './statements/check-parameter.ts';
import { checkTask } from './statements/check-task.ts';

/** Names that exist before the text: those of a session, or given by the caller that runs the text. */
export interface KnownNames {
  readonly variables: ReadonlySet<string>;
  readonly functions: ReadonlyMap<string, StatementOf<'function'>>;
}

export const noKnownNames: KnownNames = { variables: new Set(), functions: new Map() };

/** Reports everything wrong with a script; returns its commands bound to the catalogue. */
export function checkBlock(
  block: Block,
  sink: DiagnosticSink,
  known: KnownNames,
  noteType?: NoteType,
): ReadonlyMap<CommandNode, BoundCommand> {
  const checker = new ScriptChecker(sink, known, block, noteType);
  checker.check(block);
  return checker.bound;
}

interface Surroundings {
  /** `round`: that of a FOR in PARALLEL, all of which run at once. */
  readonly loop: boolean | 'round';
  /** Whether a branch of PARALLEL is around. */
  readonly branch?: boolean;
  readonly inFunction: boolean;
  readonly top: boolean;
}

/** A statement that holds no others. */
type PlainStatement = StatementOf<
  'break' | 'continue' | 'exit' | 'fail' | 'param' | 'return' | 'until' | 'wait' | 'write' | 'write-table'
>;

/** Statements behind which the rest of a block is never reached. */
const leavingKinds: ReadonlySet<Statement['kind']> = new Set(['break', 'continue', 'return', 'fail', 'exit']);

class ScriptChecker {
  readonly bound = new Map<CommandNode, BoundCommand>();
  readonly #sink: DiagnosticSink;
  readonly #functions: Map<string, StatementOf<'function'>>;
  /** Every variable that the script assigns outside functions, with no certain type: functions may read these. */
  readonly #scriptTypes = new KnownTypes();
  /** Variables that event handlers assign: a handler may run between any two statements. */
  readonly #unsettled: ReadonlySet<string>;
  #types: KnownTypes;
  /** The scope of the place that is being checked. */
  #scope: ExpressionScope;

  constructor(sink: DiagnosticSink, known: KnownNames, block: Block, noteType?: NoteType) {
    this.#sink = sink;
    this.#functions = new Map(known.functions);
    this.#types = new KnownTypes();
    this.#scope = { sink, types: this.#types, functions: this.#functions, reported: new Set(), noteType };
    for (const name of [...known.variables, ...assignedNames(block)]) this.#scriptTypes.set(name, 'any');
    for (const name of known.variables) this.#types.set(name, 'any');
    this.#unsettled = assignedByHandlers(block);
    this.#collectFunctions(block);
  }

  #collectFunctions(block: Block): void {
    const own = new Set<string>();
    walkBlock(block, {
      statement: (statement) => {
        if (statement.kind !== 'function' || statement.name === '') return;
        if (own.has(statement.name)) this.#sink.report(statement.nameRange, 'U0304', { name: statement.name });
        own.add(statement.name);
        this.#functions.set(statement.name, statement);
      },
    });
  }

  check(block: Block): void {
    this.#block(block, { loop: false, inFunction: false, top: true });
  }

  #block(block: Block, around: Surroundings): void {
    let leaving: Statement | undefined;
    let reported = false;
    for (let at = 0; at < block.length; at++) {
      const joined = withOptionLines(block, at, this.#sink.source);
      const statement = joined?.statement ?? (block[at] as Statement);
      for (const line of joined?.lines ?? []) this.#optionLine(line);
      at += joined?.lines.length ?? 0;
      if (leaving !== undefined && !reported && statement.kind !== 'function') {
        this.#sink.report(statement, 'U0601', { before: leaving.kind.toUpperCase() });
        reported = true;
      }
      this.#statement(statement, around);
      if (leavingKinds.has(statement.kind)) leaving ??= statement;
    }
  }

  #optionLine({ parts: [option] }: CommandNode): void {
    if (option?.kind === 'word') this.#sink.report(option, 'U0418', { option: option.text.toUpperCase() });
  }

  #statement(statement: Statement, around: Surroundings): void {
    const inner = around.top ? { ...around, top: false } : around;
    switch (statement.kind) {
      case 'command':
        this.#command(statement);
        break;
      case 'assign':
        this.#learn(
          statement.name,
          statement.value.kind === 'command' ? this.#command(statement.value) : this.#check(statement.value),
        );
        break;
      case 'change':
        this.#change(statement);
        break;
      case 'call-alone':
        this.#callAlone(statement);
        break;
      case 'if':
        this.#if(statement, inner);
        break;
      case 'switch':
        this.#switch(statement, inner);
        break;
      case 'while':
        this.#loop(statement.body, undefined, inner, () =>
          this.#expect(statement.condition, 'boolean', 'the condition of WHILE'),
        );
        break;
      case 'count':
      case 'each':
        this.#forHead(statement);
        this.#loop(statement.body, { name: statement.name, type: 'any' }, inner);
        break;
      case 'every':
        this.#expect(statement.interval, 'duration', 'what EVERY is given');
        checkInterval(statement.interval, this.#sink);
        this.#loop(statement.body, undefined, inner);
        break;
      case 'try':
        this.#try(statement, inner);
        break;
      case 'parallel':
        checkParallel(statement, this.#functions, this.#sink);
        for (const one of statement.body) this.#parallelBranch(one, { ...inner, loop: false, branch: true });
        break;
      case 'include':
        if (!around.top) this.#sink.report(statement, 'U0307', { what: 'INCLUDE' });
        this.#block(statement.body ?? [], around);
        break;
      case 'function':
        this.#function(statement, around);
        break;
      case 'on':
        this.#handler(statement, around);
        break;
      default:
        this.#plainStatement(statement, around);
        break;
    }
  }

  #forHead(statement: StatementOf<'count' | 'each'>): void {
    if (statement.kind === 'each') {
      this.#expect(statement.list, 'list', 'what FOR EACH goes through');
      return;
    }
    for (const one of [statement.from, statement.to, statement.step])
      this.#expect(one, 'number', 'what FOR counts with');
    if (statement.step !== undefined && literalOf(statement.step) === 0)
      this.#sink.report(statement.step, 'U0707', {
        reason: 'a step of 0 never comes to an end',
        suggestion: 'give STEP a number above or below 0',
      });
  }

  /** A round of FOR has variables of its own; they have no value at its beginning, and are gone at its end. */
  #parallelBranch(statement: Statement, around: Surroundings): void {
    if (statement.kind !== 'count' && statement.kind !== 'each') {
      this.#statement(statement, around);
      return;
    }
    this.#forHead(statement);
    const [types, before] = [this.#types.branch(), this.#types];
    for (const name of ownNames(statement)) types.forget(name);
    types.set(statement.name, 'any');
    this.#within(types, () => {
      this.#scope = { ...this.#scope, aroundRound: before };
      this.#block(statement.body, { ...around, loop: 'round' });
    });
  }

  #change(statement: StatementOf<'change'>): void {
    const { name, target, steps, value } = statement;
    const type = this.#check({ kind: 'variable', name, ...target });
    for (const step of steps) if (step.kind === 'index') this.#check(step.index);
    const given = value.kind === 'command' ? this.#command(value) : this.#check(value);
    if (statement.operator !== undefined) this.#shown(value, given);
    if (type === 'any' || type === 'record' || (type === 'list' && steps[0]?.kind === 'index')) return;
    this.#sink.report({ start: target.start, end: steps.at(-1)?.end ?? target.end }, 'U0508', unchangeable(type));
  }

  /** A built-in function has no effect but its result. */
  #callAlone({ call }: StatementOf<'call-alone'>): void {
    this.#check(call);
    if (!this.#functions.has(call.name) && builtinFunctions.has(call.name))
      this.#sink.report(call, 'U0607', { name: call.name });
  }

  #plainStatement(statement: PlainStatement, around: Surroundings): void {
    switch (statement.kind) {
      case 'break':
      case 'continue':
        this.#leaving(statement, around);
        break;
      case 'fail':
        this.#shown(statement.message, this.#check(statement.message));
        break;
      case 'exit':
        if (around.branch) this.#leaving(statement, around);
        this.#expect(statement.code, 'number', 'the code of EXIT');
        break;
      case 'return':
        this.#check(statement.value);
        if (around.branch) this.#leaving(statement, around);
        else if (!around.inFunction) this.#sink.report(statement, 'U0603', {});
        break;
      case 'param':
        this.#parameter(statement, around);
        break;
      case 'write':
        for (const value of statement.values) this.#shown(value, this.#check(value));
        break;
      case 'write-table':
        this.#expect(statement.records, 'list', 'what WRITE TABLE is given');
        for (const name of statement.columns) {
          const type = this.#check(name);
          if (type !== 'list') expectType(name, type, 'string', 'a name behind COLUMNS', this.#sink);
        }
        break;
      case 'wait':
        this.#expect(statement.duration, 'duration', 'what WAIT is given');
        break;
      case 'until':
        this.#expect(statement.condition, 'boolean', 'the condition of WAIT UNTIL');
        this.#expect(statement.every, 'duration', 'EVERY');
        this.#expect(statement.timeout, 'duration', 'TIMEOUT');
        break;
    }
  }

  /** Checks that a statement can leave what it wants to leave. */
  #leaving(statement: StatementOf<'break' | 'continue' | 'exit' | 'return'>, around: Surroundings): void {
    const { kind } = statement;
    const isBreak = kind === 'break';
    if ((isBreak || kind === 'continue') && around.loop && !(isBreak && around.loop === 'round')) return;
    if (around.branch) reportLeavesBranch(statement, isBreak && around.loop === 'round', this.#sink);
    else this.#sink.report(statement, 'U0602', { word: kind.toUpperCase() });
  }

  #check(expression: Expression | undefined): StaticType {
    return expression === undefined ? 'any' : checkExpression(expression, this.#scope);
  }

  /** Reports an expression that cannot have this type; a missing expression is accepted. */
  #expect(expression: Expression | undefined, type: StaticType, what: string): void {
    if (expression !== undefined) expectType(expression, this.#check(expression), type, what, this.#sink);
  }

  #learn(name: string, type: StaticType): void {
    this.#types.set(name, this.#unsettled.has(name) ? 'any' : type);
  }

  #shown(range: Range, type: StaticType): void {
    if (type === 'secret') this.#sink.report(range, 'U0503', {});
  }

  #command(node: CommandNode): StaticType {
    const bound = bindCommand(node, this.#sink);
    if (bound === undefined) {
      this.#learnUnknown(node);
      // The arguments of an unknown command are checked all the same.
      for (const part of node.parts) {
        if (part.kind !== 'equals' && part.kind !== 'block') checkExpression(part, this.#scope, true);
      }
    } else {
      this.bound.set(node, bound);
      checkArguments(bound, this.#scope);
      checkAvailability(bound, this.#sink);
      checkPaths(bound, this.#sink);
    }
    for (const part of node.parts) if (part.kind === 'block') this.#detached(part.body);
    if (node.block !== undefined) this.#detached(node.block.body);
    return bound?.definition.result ?? 'any';
  }

  /** An unknown command may be a misspelt one that gives a value to the variables behind it. */
  #learnUnknown({ parts }: CommandNode): void {
    const [first] = parts;
    if (first === undefined || (first.kind === 'word' && isCommandWord(first.text))) return;
    for (const part of parts)
      if (part.kind === 'variable' && this.#types.get(part.name) === undefined) this.#types.set(part.name, 'any');
  }

  /** Checks a block that runs later, in a run of its own: variables that it assigns do not change here. */
  #detached(block: Block): void {
    const before = this.#types;
    const own = assignedNames(block);
    walkBlock(block, {
      expression: (one) => {
        if (one.kind === 'variable' && !own.has(one.name) && before.get(one.name) === 'secret')
          this.#sink.report(one, 'U0507', { name: one.name });
      },
    });
    this.#within(before.branch(), () => this.#block(block, { loop: false, inFunction: false, top: false }));
  }

  /** Runs `check` with other known types; returns these as they are afterwards. */
  #within(types: KnownTypes, check: () => void): KnownTypes {
    const [before, scope] = [this.#types, this.#scope];
    this.#types = types;
    this.#scope = { ...scope, types };
    check();
    this.#types = before;
    this.#scope = scope;
    return types;
  }

  #if(statement: StatementOf<'if'>, inner: Surroundings): void {
    const outcomes: KnownTypes[] = [];
    for (const branch of statement.branches) {
      this.#expect(branch.condition, 'boolean', 'the condition of IF');
      outcomes.push(this.#branch(branch.body, inner));
    }
    outcomes.push(this.#branch(statement.otherwise ?? [], inner));
    this.#types.takeMerged(outcomes);
  }

  #switch(statement: StatementOf<'switch'>, inner: Surroundings): void {
    if (this.#check(statement.subject) === 'secret') this.#sink.report(statement.subject, 'U0505', {});
    const outcomes: KnownTypes[] = [];
    for (const branch of statement.branches) {
      for (const value of branch.values) if (this.#check(value) === 'secret') this.#sink.report(value, 'U0505', {});
      outcomes.push(this.#branch(branch.body, inner));
    }
    outcomes.push(this.#branch(statement.otherwise ?? [], inner));
    this.#types.takeMerged(outcomes);
  }

  /** Returns the types that are known behind a block; the known types before the block stay in force. */
  #branch(block: Block, inner: Surroundings): KnownTypes {
    return this.#within(this.#types.branch(), () => this.#block(block, inner));
  }

  #loop(
    body: Block,
    counter: { readonly name: string; readonly type: StaticType } | undefined,
    inner: Surroundings,
    condition?: () => void,
  ): void {
    const before = this.#types;
    const round = before.branch();
    // A variable that the loop assigns has, in the second round, the type that the first round left. The loop gives
    // such a variable no certain type from its beginning.
    for (const name of assignedNames(body)) round.set(name, 'any');
    if (counter !== undefined) round.set(counter.name, counter.type);
    this.#within(round, () => {
      condition?.();
      this.#block(body, { ...inner, loop: true });
    });
    before.takeMerged([before, round]);
  }

  #try(statement: StatementOf<'try'>, inner: Surroundings): void {
    const { handler } = statement;
    const assigned = assignedNames(statement.body);
    const body = this.#branch(statement.body, inner);
    const ways = [body];
    if (handler !== undefined) {
      // An error may come at any point of the body, so what it assigns is uncertain from there on.
      const handled = this.#types.branch();
      for (const name of assigned) handled.set(name, 'any');
      if (handler.name !== undefined) handled.set(handler.name, 'record');
      ways.push(this.#within(handled, () => this.#block(handler.body, inner)));
    }
    this.#types.takeMerged(ways);
    if (statement.finally !== undefined) {
      for (const name of assigned) this.#types.set(name, 'any');
      this.#block(statement.finally, inner);
    }
  }

  #function(statement: StatementOf<'function'>, around: Surroundings): void {
    const what = statement.script === undefined ? 'FUNCTION' : 'TASK';
    if (!around.top) this.#sink.report(statement.nameRange, 'U0307', { what });
    const types = this.#scriptTypes.branch();
    for (const name of assignedNames(statement.body)) types.forget(name);
    this.#within(types, () => {
      this.#scope = { ...this.#scope, outside: this.#scriptTypes };
      this.#functionBody(statement);
    });
  }

  #functionBody(statement: StatementOf<'function'>): void {
    const seen = new Set<string>();
    for (const parameter of statement.parameters) {
      if (seen.has(parameter.name)) this.#sink.report(parameter, 'U0305', { name: parameter.name });
      seen.add(parameter.name);
      if (parameter.default !== undefined) checkExpression(parameter.default, this.#scope);
      this.#types.set(parameter.name, 'any');
    }
    if (statement.script !== undefined) checkTask(statement, statement.script, this.#sink);
    this.#block(statement.body, { loop: false, inFunction: true, top: false });
  }

  #handler(statement: StatementOf<'on'>, around: Surroundings): void {
    if (!around.top) this.#sink.report(statement, 'U0307', { what: 'ON' });
    checkHandler(statement, this.#scope);
    const types = this.#scriptTypes.branch();
    types.set('event', 'record');
    this.#within(types, () => this.#block(statement.body, { loop: false, inFunction: false, top: false }));
    for (const name of assignedNames(statement.body)) this.#types.set(name, 'any');
  }

  #parameter(statement: StatementOf<'param'>, around: Surroundings): void {
    if (!around.top) this.#sink.report(statement, 'U0307', { what: 'PARAM' });
    this.#learn(statement.name, checkParameter(statement, this.#scope));
  }
}
