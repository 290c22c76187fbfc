import type { Parameter } from '../api/wire';

/** The keyboard that suits its values; JSON's other types are typed as text. */
export function keyboardOf({ kind }: Parameter): 'numeric' | 'decimal' | 'text' {
  return kind === 'whole' ? 'numeric' : kind === 'number' ? 'decimal' : 'text';
}

/** Its default as one would type it; empty where only running the notebook tells. */
export function defaultText({ kind, default: value }: Parameter): string {
  switch (kind) {
    case 'computed':
      return '';
    case 'any':
      return 'None';
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}
