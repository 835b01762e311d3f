import { unquote } from '../go/unquote.ts';
import { goBool, goString } from '../go/value.ts';
import { BuiltinError } from '../types.ts';
import { readCharacter, readConstant } from './constant.ts';
import { functions } from './functions.ts';
import type { Command, Node, Operand, Pipeline, Templates } from './node.ts';
import { tokenize } from './token.ts';
import type { Token, TokenKind } from './token.ts';

/** What a list of nodes ended with. */
type Ending = 'end' | 'else' | 'else if' | 'else with';
type Control = 'if' | 'with' | 'range';

/** Deeper nesting of parentheses is a mistake to Go. */
const deepest = 10_000;

/**
 * Parses a template, and those that it defines, by name; the template itself has the name given.
 *
 * @throws BuiltinError for what Go does not take for a template.
 */
export function parseTemplate(name: string, source: string): Templates {
  return new Parser(tokenize(source)).templates(name);
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #templates = new Map<string, readonly Node[]>();
  #at = 0;
  /** Variables that are known here; a definition begins with `$` alone. */
  #variables = ['$'];
  #ranges = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  templates(name: string): Templates {
    const nodes: Node[] = [];
    while (this.#peek().kind !== 'end') {
      if (this.#isDefinition()) this.#definition();
      else {
        const node = this.#node();
        if (typeof node === 'string') throw new BuiltinError(`unexpected {{${node}}}`);
        nodes.push(node);
      }
    }
    this.#define(name, nodes);
    return this.#templates;
  }

  #isDefinition(): boolean {
    if (this.#peek().kind !== 'open') return false;
    const start = this.#at;
    this.#at += 1;
    const { kind, text } = this.#nextAfterSpace();
    const isDefinition = kind === 'keyword' && text === 'define';
    if (!isDefinition) this.#at = start;
    return isDefinition;
  }

  #definition(): void {
    const name = unquote(this.#expect('string').text);
    this.#expect('close');
    this.#define(name, this.#ownList());
  }

  /** A list up to its end, with variables and loops of its own. */
  #ownList(): readonly Node[] {
    const [variables, ranges] = [this.#variables, this.#ranges];
    [this.#variables, this.#ranges] = [['$'], 0];
    const [nodes, ending] = this.#list();
    if (ending !== 'end') throw new BuiltinError(`unexpected {{${ending}}}`);
    [this.#variables, this.#ranges] = [variables, ranges];
    return nodes;
  }

  /** Of several definitions of one name all but one have to be empty. */
  #define(name: string, nodes: readonly Node[]): void {
    const known = this.#templates.get(name);
    if (known === undefined || isEmpty(known)) this.#templates.set(name, nodes);
    else if (!isEmpty(nodes)) throw new BuiltinError(`multiple definition of template ${name}`);
  }

  #list(): readonly [readonly Node[], Ending] {
    const nodes: Node[] = [];
    while (this.#peekAfterSpace().kind !== 'end') {
      const node = this.#node();
      if (typeof node === 'string') return [nodes, node];
      nodes.push(node);
    }
    throw new BuiltinError('unexpected EOF');
  }

  #node(): Node | Ending {
    const { kind, text } = this.#nextAfterSpace();
    if (kind === 'text') return { kind, text };
    if (kind !== 'open') throw new BuiltinError(`unexpected ${text}`);
    const keyword = this.#peekAfterSpace();
    if (keyword.kind !== 'keyword' || keyword.text === 'nil') {
      return { kind: 'action', pipeline: this.#pipeline('command', 'close') };
    }
    this.#nextAfterSpace();
    switch (keyword.text) {
      case 'block':
        return this.#block();
      case 'break':
      case 'continue':
        this.#expect('close');
        if (this.#ranges === 0) throw new BuiltinError(`{{${keyword.text}}} outside {{range}}`);
        return { kind: keyword.text };
      case 'else':
        return this.#else();
      case 'end':
        this.#expect('close');
        return 'end';
      case 'if':
      case 'range':
      case 'with':
        return this.#control(keyword.text);
      case 'template':
        return this.#template();
      default:
        throw new BuiltinError(`unexpected {{${keyword.text}}}`);
    }
  }

  #else(): Ending {
    const { kind, text } = this.#peekAfterSpace();
    if (kind === 'keyword' && (text === 'if' || text === 'with')) return `else ${text}`;
    this.#expect('close');
    return 'else';
  }

  #control(kind: Control): Node {
    const known = this.#variables.length;
    const pipeline = this.#pipeline(kind, 'close');
    this.#ranges += kind === 'range' ? 1 : 0;
    const [body, ending] = this.#list();
    this.#ranges -= kind === 'range' ? 1 : 0;
    const otherwise = ending === 'end' ? undefined : this.#otherwise(kind, ending);
    this.#variables.length = known;
    return { kind, pipeline, body, otherwise };
  }

  /** `{{else if …}}` holds another `if` that ends with the same `{{end}}`; likewise `with`. */
  #otherwise(kind: Control, ending: Ending): readonly Node[] {
    if (ending === `else ${kind}` && kind !== 'range') {
      this.#nextAfterSpace();
      return [this.#control(kind)];
    }
    const [nodes, end] = this.#list();
    if (end !== 'end') throw new BuiltinError(`expected end; found {{${end}}}`);
    return nodes;
  }

  #block(): Node {
    const name = unquote(this.#expect('string').text);
    const pipeline = this.#pipeline('block clause', 'close');
    this.#define(name, this.#ownList());
    return { kind: 'template', name, pipeline };
  }

  #template(): Node {
    const name = unquote(this.#expect('string').text);
    if (this.#peekAfterSpace().kind === 'close') {
      this.#nextAfterSpace();
      return { kind: 'template', name, pipeline: undefined };
    }
    return { kind: 'template', name, pipeline: this.#pipeline('template clause', 'close') };
  }

  #pipeline(context: string, end: TokenKind): Pipeline {
    const { variables, isAssignment } = this.#declaration(context);
    const commands: Command[] = [];
    while (this.#peekAfterSpace().kind !== end) commands.push(this.#command());
    this.#nextAfterSpace();
    if (commands.length === 0) throw new BuiltinError(`missing value for ${context}`);
    for (const [{ kind }] of commands.slice(1)) {
      if (kind === 'constant' || kind === 'dot' || kind === 'nil') {
        throw new BuiltinError('non executable command in pipeline');
      }
    }
    return { variables, isAssignment, commands };
  }

  /** `$x := `, `$x = ` or, for a range, `$i, $x := `; what is no declaration stays for the commands. */
  #declaration(context: string): Pick<Pipeline, 'variables' | 'isAssignment'> {
    const variables: string[] = [];
    for (;;) {
      const start = this.#at;
      const variable = this.#peekAfterSpace();
      if (variable.kind !== 'variable') break;
      this.#nextAfterSpace();
      const next = this.#peekAfterSpace();
      if (next.kind !== 'assign' && next.kind !== 'declare' && next.kind !== 'comma') {
        this.#at = start;
        break;
      }
      this.#nextAfterSpace();
      variables.push(variable.text);
      this.#variables.push(variable.text);
      if (next.kind !== 'comma') return { variables, isAssignment: next.kind === 'assign' };
      if (context !== 'range' || variables.length > 1) throw new BuiltinError('too many declarations');
      const { kind } = this.#peekAfterSpace();
      if (kind !== 'variable' && kind !== 'close' && kind !== ')') {
        throw new BuiltinError('range can only initialize variables');
      }
    }
    return { variables, isAssignment: false };
  }

  #command(): Command {
    const operands: Operand[] = [];
    for (;;) {
      this.#peekAfterSpace();
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      const { kind, text } = this.#peek();
      if (kind === 'space') continue;
      if (kind === 'pipe') this.#at += 1;
      else if (kind !== 'close' && kind !== ')') throw new BuiltinError(`unexpected ${text} in operand`);
      break;
    }
    const [first, ...rest] = operands;
    if (first === undefined) throw new BuiltinError('empty command');
    return [first, ...rest];
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    const names: string[] = [];
    while (term !== undefined && this.#peek().kind === 'field') {
      names.push(this.#peek().text.slice(1));
      this.#at += 1;
    }
    if (term === undefined || names.length === 0) return term;
    if (term.kind === 'field' || term.kind === 'variable') return { ...term, names: [...term.names, ...names] };
    if (term.kind === 'constant' || term.kind === 'nil' || term.kind === 'dot') {
      throw new BuiltinError('unexpected . after term');
    }
    return { kind: 'chain', operand: term, names };
  }

  #term(): Operand | undefined {
    const { kind, text } = this.#peekAfterSpace();
    if (kind === '(') return this.#parenthesized();
    const operand = this.#simple(kind, text);
    if (operand !== undefined) this.#at += 1;
    return operand;
  }

  #simple(kind: TokenKind, text: string): Operand | undefined {
    if (kind === 'dot') return { kind };
    if (kind === 'keyword' && text === 'nil') return { kind: 'nil' };
    if (kind === 'field') return { kind, names: [text.slice(1)] };
    if (kind === 'bool') return { kind: 'constant', value: goBool(text === 'true') };
    if (kind === 'character') return { kind: 'constant', value: readCharacter(text) };
    if (kind === 'number') return { kind: 'constant', value: readConstant(text) };
    if (kind === 'string') return { kind: 'constant', value: goString(unquote(text)) };
    if (kind === 'identifier') {
      if (!functions.has(text)) throw new BuiltinError(`function ${text} not defined`);
      return { kind: 'function', name: text };
    }
    if (kind !== 'variable') return undefined;
    if (!this.#variables.includes(text)) throw new BuiltinError(`undefined variable ${text}`);
    return { kind, name: text, names: [] };
  }

  #parenthesized(): Operand {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > deepest) throw new BuiltinError('max expression depth exceeded');
    const pipeline = this.#pipeline('parenthesized pipeline', ')');
    this.#depth -= 1;
    return { kind: 'pipeline', pipeline };
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #peekAfterSpace(): Token {
    while (this.#peek().kind === 'space') this.#at += 1;
    return this.#peek();
  }

  #nextAfterSpace(): Token {
    const token = this.#peekAfterSpace();
    this.#at += 1;
    return token;
  }

  #expect(kind: TokenKind): Token {
    const token = this.#nextAfterSpace();
    if (token.kind !== kind) throw new BuiltinError(`unexpected ${token.text}`);
    return token;
  }
}

/** Only space, as Unicode has it, or nothing. */
function isEmpty(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === 'text' && /^[\p{White_Space}]*$/u.test(node.text));
}
