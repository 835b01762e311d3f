import tseslint from 'typescript-eslint';

/** Folders that a folder may not import from; the architecture as design.md draws it. */
const boundaries = {
  webhook: ['sidecars', 'control', 'certs', 'manifests', 'test'],
  sidecars: ['webhook', 'control', 'manifests', 'test'],
  settings: ['webhook', 'sidecars', 'control', 'certs', 'kube', 'manifests', 'test'],
  kube: ['webhook', 'sidecars', 'control', 'certs', 'settings', 'manifests', 'test'],
  runtime: ['webhook', 'sidecars', 'control', 'certs', 'settings', 'kube', 'manifests', 'test'],
  certs: ['webhook', 'sidecars', 'control', 'manifests', 'test'],
  control: ['webhook', 'manifests', 'test'],
};

const boundaryRules = Object.entries(boundaries).map(([folder, forbidden]) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
            message: `${folder}/ does not import from there; see docs/architecture.md.`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['node_modules/', 'build/', 'coverage/', 'test/apps/', '**/*.cjs', '**/*.mjs', '**/*.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-console': 'error',
      // Taking a key out of an object names it and leaves it.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['**/main.ts', 'test/**', 'scripts/**', 'control/uninstall.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'Only main.ts touches process; pass it in.' }],
    },
  },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts', 'manifests/images/**/*.ts'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  ...boundaryRules,
);
