import type { Parameter } from '../api/wire';

/** How a parameter is asked for. */
export type Input = 'number' | 'switch' | 'text';

/** By the type of its default; JSON's other types are typed as text, as on the command line. */
export function inputOf(parameter: Parameter): Input {
  switch (typeof parameter.default) {
    case 'number':
      return 'number';
    case 'boolean':
      return 'switch';
    default:
      return 'text';
  }
}

/** Its default as one would type it; empty where only running the notebook tells. */
export function defaultText(parameter: Parameter): string {
  const value = parameter.default;
  return value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}
