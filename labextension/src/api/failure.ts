/** One thing that is wrong, and where. */
export interface Problem {
  /** Such as `workers`, or `parameters.lr`; empty when it is of no field. */
  readonly field: string;
  readonly message: string;
}

/** A request that the server refused, or that did not reach it. */
export class Failure extends Error {
  constructor(
    message: string,
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number,
    readonly problems: readonly Problem[] = []
  ) {
    super(message);
    this.name = 'Failure';
  }
}

/** Read the body of a refusal: `{message, field, problems}`, of which all but the first may lack. */
export function readFailure(status: number, body: unknown, otherwise: string): Failure {
  if (!isRecord(body) || typeof body['message'] !== 'string') {
    return new Failure(otherwise, status);
  }
  const message = body['message'];
  const listed = Array.isArray(body['problems']) ? body['problems'].filter(isProblem) : [];
  if (listed.length) {
    return new Failure(message, status, listed);
  }
  const field = body['field'];
  return new Failure(message, status, typeof field === 'string' ? [{ field, message }] : []);
}

/** A sentence for a person, of anything that was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isProblem(value: unknown): value is Problem {
  return (
    isRecord(value) && typeof value['field'] === 'string' && typeof value['message'] === 'string'
  );
}
