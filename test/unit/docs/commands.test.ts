import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stageNames } from '../../../test/stages.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const pages = [
  ...globSync('*.md', { cwd: root }),
  ...globSync('{docs,manifests,policies,webhook,control,test}/**/*.md', { cwd: root }),
]
  .filter((path) => !path.includes('node_modules'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** What is wrong with the `npm` commands of a text. */
function wrongCommands(text: string): readonly string[] {
  const runs = [...text.matchAll(/npm run ([a-z0-9:]+)(?: -- ([a-z0-9-]+))?/g)];
  const tests = [...text.matchAll(/npm test -- ([a-z0-9-]+)/g)].map(([, stage = '']) => stage);
  return [
    ...runs.filter(([, script = '']) => scripts[script] === undefined).map(([command]) => command),
    ...runs.filter(([, script, name]) => script === 'soak' && !isSoak(name)).map(([command]) => command),
    ...runs.filter(([, script, name]) => script === 'e2e' && !isSuite(name)).map(([command]) => command),
    ...tests.filter((stage) => !stageNames.includes(stage)).map((stage) => `npm test -- ${stage}`),
  ];
}

function isSoak(name: string | undefined): boolean {
  return name === undefined || existsSync(join(root, 'test', 'soak', `${name}.ts`));
}

function isSuite(name: string | undefined): boolean {
  return name === undefined || existsSync(join(root, 'test', 'e2e', name));
}

describe('the commands that pages name', () => {
  it('are there', () => {
    expect(pages.length).to.be.greaterThan(15);
    expect(
      pages.flatMap(({ path, text }) => wrongCommands(text).map((command) => `${path}: ${command}`)),
    ).to.deep.equal([]);
  });

  it('would be missed if they were not', () => {
    const planted = 'npm run dmeo, npm run soak -- nothing, npm run e2e -- nowhere, npm test -- untit, npm run demo';
    expect(wrongCommands(planted)).to.deep.equal([
      'npm run dmeo',
      'npm run soak -- nothing',
      'npm run e2e -- nowhere',
      'npm test -- untit',
    ]);
  });
});

describe('README.md', () => {
  it('is at most 150 lines', () => {
    expect(readFileSync(join(root, 'README.md'), 'utf8').split('\n').length).to.be.at.most(150);
  });
});
