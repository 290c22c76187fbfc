import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(js.configs.recommended, ...tseslint.configs.strict, {
  rules: {
    'max-lines': ['error', 300],
    '@typescript-eslint/no-explicit-any': 'error',
    // An extension's tokens and settings are checked by its own guards.
    '@typescript-eslint/no-non-null-assertion': 'error'
  }
});
