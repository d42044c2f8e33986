import neostandard, { resolveIgnoresFromGitignore } from 'neostandard'
import tseslint from 'typescript-eslint'

/** Style is neostandard's; the rules that need types are only those whose violations are bugs, because each one costs time. */
export default [
  ...neostandard({ ts: true, ignores: resolveIgnoresFromGitignore() }),
  {
    name: 'exchange/types',
    files: ['**/*.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: { allowDefaultProject: ['docs/clients/*.ts'] }, tsconfigRootDir: import.meta.dirname }
    },
    rules: {
      camelcase: ['error', { allow: ['^version\\d+_\\d+_\\d+$'], properties: 'never', ignoreGlobals: true }],
      'no-unmodified-loop-condition': 'off', // it overlooks what changes while a loop awaits
      'no-void': ['error', { allowAsStatement: true }], // how a promise is left alone on purpose
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-unused-vars': 'off', // the compiler finds them
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': ['error', {
        // tap runs the tests of a file in the order in which they were given to it, without being awaited
        allowForKnownSafePromises: [{ from: 'package', package: '@tapjs/core', name: 'PromiseWithSubtest' }]
      }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-misused-promises': 'error'
    }
  },
  {
    name: 'exchange/configuration-is-read-in-one-place',
    files: ['src/**/*.ts'],
    ignores: ['src/config.ts'],
    rules: {
      'no-restricted-properties': ['error', {
        object: 'process',
        property: 'env',
        message: 'Add a setting to src/config.ts and take it from the configuration.'
      }],
      'no-restricted-syntax': ['error', {
        selector: 'ImportDeclaration[source.value=/^(node:)?process$/] > ImportSpecifier[imported.name="env"]',
        message: 'Add a setting to src/config.ts and take it from the configuration.'
      }]
    }
  }
]
