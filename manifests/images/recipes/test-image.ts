import type { RunConfig } from '../oci.ts';
import { user } from '../recipe.ts';

/** Test images have one tag; their digest changes with their content. */
export const testReference = (name: string): string => `docker.io/remora-test/${name}:1`;

export const asUser: Pick<RunConfig, 'user'> = { user: `${user}:${user}` };
