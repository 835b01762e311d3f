import { RegoObject, RegoSet } from '../value/value.ts';
import { isArray } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { mergeNetworks } from './net/merge.ts';
import { addressesOf, contains, isWithin, networkOf, readAddress, readNetwork, writeAddress } from './net/network.ts';
import { stringOperand } from './operands.ts';
import { BuiltinError } from './types.ts';
import type { Builtin } from './types.ts';

function networkOperand(text: string) {
  const network = readNetwork(text);
  if (network === undefined) throw new BuiltinError(`invalid CIDR address: ${text}`);
  return network;
}

/** Whether a network holds an address, or all of another network. */
function cidrContains(cidr: Value, other: Value): boolean {
  const network = networkOperand(stringOperand([cidr], 1));
  const text = stringOperand([cidr, other], 2);
  const address = readAddress(text);
  return address === undefined ? isWithin(network, networkOperand(text)) : contains(network, address);
}

/** The CIDRs of an operand with what the answer names them by: themselves, their index, or their key. */
function indexed(operand: Value): readonly (readonly [cidr: Value, index: Value])[] {
  if (typeof operand === 'string') return [[operand, operand]];
  if (isArray(operand)) return operand.map((element, index) => [cidrOf(element), index]);
  if (operand instanceof RegoSet) return operand.values.map((element) => [cidrOf(element), element]);
  if (operand instanceof RegoObject) return operand.entries.map(([key, element]) => [cidrOf(element), key]);
  return [];
}

function cidrOf(element: Value): Value {
  if (typeof element === 'string') return element;
  const [first] = isArray(element) ? element : [];
  if (first === undefined) throw new BuiltinError('element must be string or non-empty array');
  return first;
}

function matches([networks = null, others = null]: readonly Value[]): RegoSet {
  // OPA looks at the second operand for each CIDR of the first: where there is none, it may be anything.
  return new RegoSet(
    indexed(networks).flatMap(([cidr, index]) =>
      indexed(others).flatMap(([other, otherIndex]) => (cidrContains(cidr, other) ? [[index, otherIndex]] : [])),
    ),
  );
}

function merge([operand = null]: readonly Value[]): RegoSet {
  if (!isArray(operand) && !(operand instanceof RegoSet)) throw new BuiltinError('operand must be an array');
  const elements = isArray(operand) ? operand : operand.values;
  const networks = elements.map((element) => {
    if (typeof element !== 'string') throw new BuiltinError('element must be string');
    const address = readAddress(element);
    return address === undefined ? networkOperand(element) : networkOf(address);
  });
  return new RegoSet(mergeNetworks(networks));
}

/**
 * The family `net`: addresses and CIDRs as Go's package net reads and writes them
 * (https://www.openpolicyagent.org/docs/policy-reference/builtins/net). OPA's Wasm itself answers
 * `net.cidr_contains` and `net.cidr_intersects`.
 */
export const net: Readonly<Record<string, Builtin>> = {
  'net.cidr_contains_matches': matches,
  // A network of more addresses than there is memory or time for ends as OPA's does: the evaluation is stopped.
  'net.cidr_expand': (args) =>
    new RegoSet(Array.from(addressesOf(networkOperand(stringOperand(args, 1))), writeAddress)),
  'net.cidr_is_valid': ([cidr]) => typeof cidr === 'string' && readNetwork(cidr) !== undefined,
  'net.cidr_merge': merge,
};
