import type { Architecture } from './architecture.ts';
import { readDebianLock, lockedPackages } from './debian-lock.ts';
import { unpackPackages, type UnpackedPackage } from './debian.ts';
import type { NpmContext } from './npm-package.ts';
import type { RunConfig } from './oci.ts';
import type { FileTree } from './tree.ts';

/** What a recipe may ask of its surroundings. */
export interface BuildContext extends NpmContext {
  readonly architecture: Architecture;
  /** The architecture of this machine, whose programs (strip, javac) can run here. */
  readonly host: Architecture;
  /** The version in package.json: the tag of what ships. */
  readonly version: string;
}

/** A layer that is not built yet. Two plans with equal inputs give the same bytes, so a built one is reused. */
export interface LayerPlan {
  /** Shown in progress lines. */
  readonly name: string;
  /** All that the content depends on: versions and texts. The builder's own sources count as well, always. */
  readonly inputs: readonly (string | Uint8Array)[];
  fill(tree: FileTree): Promise<void> | void;
}

/** An image that is not built yet. Layers that change seldom come first: they are shared and reused. */
export interface ImagePlan {
  readonly reference: string;
  readonly run: RunConfig;
  readonly layers: readonly LayerPlan[];
}

/** How one image is made. */
export interface Recipe {
  /** Every Debian package that the recipe takes something from, for the lock. */
  readonly packages: readonly string[];
  /** `shipped` images are for a user's cluster; `test` images only for ours. */
  readonly purpose: 'shipped' | 'test';
  /** What its files may take on a node's disk, in bytes; a build that needs more fails. */
  readonly limitBytes?: number;
  /** Why the image can be built only for the architecture of this machine; absent for most. */
  readonly hostOnly?: string;
  plan(context: BuildContext): Promise<ImagePlan>;
}

/** The packages of a recipe for the image's architecture (or the one given), unpacked on this machine. */
export async function takePackages(
  names: readonly string[],
  context: BuildContext,
  architecture: Architecture = context.architecture,
): Promise<readonly UnpackedPackage[]> {
  const locked = lockedPackages(names, architecture, await readDebianLock());
  return await unpackPackages(locked, architecture, context);
}

/** Packages as part of a layer's inputs. */
export function versionsOf(packages: readonly UnpackedPackage[]): string {
  return packages.map(({ name, version }) => `${name}=${version}`).join('\n');
}

/** The folder of one of the packages that were taken. */
export function folderOf(name: string, packages: readonly UnpackedPackage[]): string {
  const found = packages.find((unpacked) => unpacked.name === name);
  if (found === undefined) {
    throw new Error(`the recipe does not take ${name}`);
  }
  return found.folder;
}

/** The user of everything that we start: a number, so that Kubernetes can see that it is not root. */
export const user = 65532;

/** Labels that every image has (OCI image specification, "Pre-Defined Annotation Keys"). */
export function labels(title: string, version: string, licences = 'Apache-2.0'): Readonly<Record<string, string>> {
  return {
    'org.opencontainers.image.title': title,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': licences,
  };
}
