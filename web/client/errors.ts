/** What the API said no to, or that it could not be reached. Decide by `code`: docs/errors.md tells of each. */
export class SluiceError extends Error {
  override readonly name = "SluiceError";
  /** Null where the answer was none of the API's: a proxy's, or none at all. */
  readonly code: string | null;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly requestId: string | null;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];

  constructor(status: number, problem: Problem | null, requestId: string | null, cause?: unknown) {
    const said = problem === null ? null : (problem.detail ?? problem.title);
    super(said ?? (status === 0 ? "The API could not be reached" : `The API answered ${status}`), { cause });
    this.status = status;
    this.code = problem?.code ?? null;
    this.requestId = problem?.requestId ?? requestId;
    this.errors = problem?.errors ?? [];
  }
}

interface Problem {
  readonly code: string;
  readonly title?: string;
  readonly detail?: string;
  readonly requestId?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** The RFC 9457 body, or null for anything else. */
export function problemIn(text: string): Problem | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || !("code" in parsed)) return null;
    // The Worker's own shape, vouched for by its contract tests.
    return typeof parsed.code === "string" ? (parsed as Problem) : null;
  } catch {
    return null;
  }
}
