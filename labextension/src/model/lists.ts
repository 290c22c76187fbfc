/** The lines that are not empty, without spaces around them. */
export const lines = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);

/** The words, apart by spaces, commas or lines. */
export const items = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

const PRIVATE = /(TOKEN|SECRET|PASS|KEY|CREDENTIAL|AUTH)/i;

/** Whether `NAME=VALUE` looks like what nobody else should read. */
export const isPrivate = (line: string): boolean => PRIVATE.test(line.split('=', 1)[0] ?? '');
