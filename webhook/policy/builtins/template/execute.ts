import { goInt, goString } from '../go/value.ts';
import type { GoValue } from '../go/value.ts';
import { BuiltinError } from '../types.ts';
import { functions, isTrue, show } from './functions.ts';
import type { Maybe } from './functions.ts';
import type { Command, Node, Operand, Pipeline, Templates } from './node.ts';

/**
 * Executes a template for a map of data.
 *
 * @throws BuiltinError where Go stops with an error.
 */
export function executeTemplate(templates: Templates, name: string, data: GoValue): string {
  const out: string[] = [];
  new Execution(templates, data, out).template(name);
  return out.join('');
}

/** Templates may call each other so deep; Go allows 100 000, for which a stack of JavaScript is too small. */
const deepest = 1_000;

interface Variable {
  readonly name: string;
  value: Maybe;
}

/** How a list of nodes was left. */
type Leaving = 'done' | 'break' | 'continue';

class Execution {
  readonly #templates: Templates;
  readonly #data: Maybe;
  readonly #out: string[];
  readonly #variables: Variable[];
  readonly #depth: number;

  constructor(templates: Templates, data: Maybe, out: string[], depth = 0) {
    if (depth > deepest) throw new BuiltinError('exceeded maximum template depth');
    this.#depth = depth;
    this.#templates = templates;
    this.#data = data;
    this.#out = out;
    this.#variables = [{ name: '$', value: data }];
  }

  template(name: string): void {
    const nodes = this.#templates.get(name);
    if (nodes === undefined) throw new BuiltinError(`template ${name} not defined`);
    this.#list(nodes, this.#data);
  }

  #list(nodes: readonly Node[], dot: Maybe): Leaving {
    for (const node of nodes) {
      const leaving = this.#node(node, dot);
      if (leaving !== 'done') return leaving;
    }
    return 'done';
  }

  #node(node: Node, dot: Maybe): Leaving {
    switch (node.kind) {
      case 'text':
        this.#out.push(node.text);
        return 'done';
      case 'action': {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.#out.push(show(value));
        return 'done';
      }
      case 'template': {
        const value = node.pipeline === undefined ? undefined : this.#pipeline(node.pipeline, dot);
        new Execution(this.#templates, value, this.#out, this.#depth + 1).template(node.name);
        return 'done';
      }
      case 'break':
      case 'continue':
        return node.kind;
      case 'if':
      case 'with':
      case 'range':
        return this.#scope(() => this.#control(node, dot));
    }
  }

  #control(node: Extract<Node, { kind: 'if' | 'with' | 'range' }>, dot: Maybe): Leaving {
    const value = this.#pipeline(node.pipeline, dot);
    if (node.kind === 'range') {
      if (this.#loop(node.pipeline, node.body, value)) return 'done';
    } else if (isTrue(value)) {
      return this.#list(node.body, node.kind === 'with' ? value : dot);
    }
    return node.otherwise === undefined ? 'done' : this.#list(node.otherwise, dot);
  }

  /** Tells whether there was anything to go through. */
  #loop(pipeline: Pipeline, body: readonly Node[], value: Maybe): boolean {
    const { variables, isAssignment } = pipeline;
    let hasRun = false;
    for (const [index, element] of elementsOf(value, variables.length)) {
      hasRun = true;
      const values = variables.length > 1 ? [index, element] : [element];
      for (const [at, name] of variables.entries()) {
        const variable = this.#variables.at(at - variables.length);
        if (isAssignment) this.#assign(name, values[at]);
        else if (variable !== undefined) variable.value = values[at];
      }
      if (this.#scope(() => this.#list(body, element)) === 'break') break;
    }
    return hasRun;
  }

  /** Variables that are declared inside are gone afterwards. */
  #scope<T>(run: () => T): T {
    const known = this.#variables.length;
    const result = run();
    this.#variables.length = known;
    return result;
  }

  #assign(name: string, value: Maybe): void {
    const variable = this.#variables.findLast((candidate) => candidate.name === name);
    if (variable === undefined) throw new BuiltinError(`undefined variable: ${name}`);
    variable.value = value;
  }

  /** nil that a pipeline gives is no value. */
  #pipeline({ commands, variables, isAssignment }: Pipeline, dot: Maybe): Maybe {
    let value: Maybe;
    for (const [at, command] of commands.entries()) {
      value = this.#command(command, dot, at === 0 ? [] : [value]);
      if (value?.type === 'nil') value = undefined;
    }
    for (const name of variables) {
      if (isAssignment) this.#assign(name, value);
      else this.#variables.push({ name, value });
    }
    return value;
  }

  /** A function takes the arguments and what the command before gave; anything else takes none. */
  #command([first, ...args]: Command, dot: Maybe, final: readonly Maybe[]): Maybe {
    if (first.kind === 'function') return this.#call(first.name, args, dot, final);
    if (first.kind === 'nil') throw new BuiltinError('nil is not a command');
    if (args.length + final.length === 0) return this.#operand(first, dot);
    if ('names' in first && first.names.length > 0) {
      // Go notices that there is nothing to take a field of before it notices the arguments.
      const owner = this.#operand({ ...first, names: first.names.slice(0, -1) }, dot);
      if (owner === undefined) return undefined;
    }
    throw new BuiltinError("can't give argument to non-function");
  }

  #call(name: string, args: readonly Operand[], dot: Maybe, final: readonly Maybe[]): Maybe {
    const found = functions.get(name);
    if (found === undefined) throw new BuiltinError(`${name} is not a defined function`);
    const [least, most] = found.arity;
    const count = args.length + final.length;
    if (count < least || count > most) throw new BuiltinError(`wrong number of args for ${name}`);
    const values: Maybe[] = [];
    for (const arg of args) {
      const value = this.#operand(arg, dot);
      values.push(value);
      // What decides the answer ends the evaluation.
      if ((name === 'or' || name === 'and') && isTrue(value) === (name === 'or')) return value;
    }
    return found.apply([...values, ...final]);
  }

  #operand(operand: Operand, dot: Maybe): Maybe {
    switch (operand.kind) {
      case 'constant':
        return operand.value;
      case 'nil':
        return undefined;
      case 'dot':
        return dot;
      case 'field':
        return operand.names.reduce(fieldOf, dot);
      case 'variable': {
        const variable = this.#variables.findLast(({ name }) => name === operand.name);
        if (variable === undefined) throw new BuiltinError(`undefined variable: ${operand.name}`);
        return operand.names.reduce(fieldOf, variable.value);
      }
      case 'function':
        return this.#call(operand.name, [], dot, []);
      case 'pipeline':
        return this.#pipeline(operand.pipeline, dot);
      case 'chain':
        return operand.names.reduce(fieldOf, this.#operand(operand.operand, dot));
    }
  }
}

/** A field of no value is none; of nil, or of what is no map, it is an error. */
function fieldOf(receiver: Maybe, name: string): Maybe {
  if (receiver === undefined) return undefined;
  if (receiver.type !== 'map[string]interface {}') {
    throw new BuiltinError(`can't evaluate field ${name} in type ${receiver.type}`);
  }
  return receiver.entries.find(([key]) => key === name)?.[1];
}

/** What a range goes through, each with its index or key; numbers have none. */
function* elementsOf(value: Maybe, variables: number): Generator<readonly [index: Maybe, element: Maybe]> {
  if (value === undefined || value.type === 'nil') return;
  if (value.type === '[]interface {}') {
    for (const [at, element] of value.values.entries()) yield [goInt(at), element];
  } else if (value.type === 'map[string]interface {}') {
    for (const [key, element] of value.entries) yield [goString(key), element];
  } else if (value.type === 'int' || value.type === 'uint8') {
    if (variables > 1) throw new BuiltinError("can't iterate over more than one variable");
    for (let at = 0n; at < value.value; at += 1n) yield [undefined, { type: value.type, value: at }];
  } else {
    throw new BuiltinError(`range can't iterate over ${value.type}`);
  }
}
