/** Processor architectures that images are assembled for, in the spelling of OCI, Go and Debian (all three agree). */
export type Architecture = 'amd64' | 'arm64';

export const architectures: readonly Architecture[] = ['amd64', 'arm64'];

/** How Node spells an architecture, in `process.arch` and in the npm packages `node-linux-*`. */
export const nodeSpelling: Readonly<Record<Architecture, string>> = { amd64: 'x64', arm64: 'arm64' };

/** How GNU spells it: the folder of shared libraries, and the prefix of binutils. */
export const gnuSpelling: Readonly<Record<Architecture, string>> = {
  amd64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

/** Reads Node's spelling of this machine's architecture; undefined where no image could run. */
export function architectureOf(nodeArchitecture: string): Architecture | undefined {
  return architectures.find((architecture) => nodeSpelling[architecture] === nodeArchitecture);
}
