import { parseArgs } from 'node:util';

/** What a person asked of `npm run cluster`. */
export type Command =
  | {
      readonly command: 'up';
      readonly name: string;
      readonly nodes: number;
      readonly proxyMode: 'nftables' | 'iptables';
      readonly featureGates: readonly string[];
      readonly runtimeConfig: readonly string[];
    }
  | { readonly command: 'down'; readonly name: string; readonly onlyDead: boolean }
  | { readonly command: 'list' }
  | { readonly command: 'logs'; readonly name: string; readonly program: string | undefined }
  | { readonly command: 'load'; readonly name: string; readonly archives: readonly string[] }
  | { readonly command: 'kubectl' | 'run'; readonly name: string; readonly words: readonly string[] }
  | { readonly command: 'help'; readonly mistake: string | undefined };

/** The name of a person's own cluster. */
export const defaultName = 'dev';

const options = {
  name: { type: 'string', default: defaultName },
  nodes: { type: 'string', default: '1' },
  'proxy-mode': { type: 'string', default: 'nftables' },
  'feature-gates': { type: 'string', default: '' },
  'runtime-config': { type: 'string', default: '' },
  dead: { type: 'boolean', default: false },
} as const;

/** Reads the command line. What follows `kubectl` and `run` belongs to those, and is not looked at. */
export function parseCommand(words: readonly string[]): Command {
  const foreign = words.findIndex((word) => word === 'kubectl' || word === 'run');
  const own = foreign === -1 ? words : words.slice(0, foreign + 1);
  const rest = foreign === -1 ? [] : words.slice(foreign + 1);
  try {
    const { values, positionals } = parseArgs({ args: [...own], options, allowPositionals: true });
    return commandOf(values, positionals, rest);
  } catch (error) {
    return { command: 'help', mistake: error instanceof Error ? error.message : String(error) };
  }
}

interface Values {
  readonly name: string;
  readonly nodes: string;
  readonly 'proxy-mode': string;
  readonly 'feature-gates': string;
  readonly 'runtime-config': string;
  readonly dead: boolean;
}

function commandOf(values: Values, [command, ...words]: readonly string[], foreign: readonly string[]): Command {
  const { name, dead } = values;
  const mistake = (text: string): Command => ({ command: 'help', mistake: text });
  switch (command) {
    case 'up': {
      const proxyMode = values['proxy-mode'];
      if (values.nodes !== '1' && values.nodes !== '2') return mistake('--nodes is 1 or 2');
      if (proxyMode !== 'nftables' && proxyMode !== 'iptables') return mistake('--proxy-mode is nftables or iptables');
      const featureGates = listOf(values['feature-gates']);
      const runtimeConfig = listOf(values['runtime-config']);
      return { command, name, nodes: Number(values.nodes), proxyMode, featureGates, runtimeConfig };
    }
    case 'down':
      return { command, name, onlyDead: dead };
    case 'list':
      return { command };
    case 'logs':
      return { command, name, program: words[0] };
    case 'load':
      return words.length === 0 ? mistake('load which archive?') : { command, name, archives: words };
    case 'kubectl':
    case 'run':
      return { command, name, words: foreign };
    case undefined:
      return { command: 'help', mistake: undefined };
    default:
      return mistake(`there is no command "${command}"`);
  }
}

function listOf(text: string): readonly string[] {
  return text.split(',').filter((part) => part !== '');
}
