// What every documented route shares: how a validation fault is answered, and how problems are typed and
// described in the contract.
import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context, TypedResponse } from "hono";
import type { ApiEnv } from "./context.ts";
import {
  problemResponse,
  problemStatus,
  type ProblemCode,
  type ProblemOptions,
  type StatusOf,
} from "./problem.ts";

/** Paths in route files are whole: `/v1/videos/{videoId}`. */
export function apiRoutes(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      const inBody = result.target === "json";
      return problemResponse(inBody ? "unprocessable" : "invalidParameter", {
        requestId: c.var.requestId,
        errors: result.error.issues.slice(0, 20).flatMap((issue) =>
          // One issue can name several unknown keys; each gets its own pointer.
          (issue.code === "unrecognized_keys"
            ? issue.keys.map((key) => [...issue.path, key])
            : [issue.path]
          ).map((path) => ({
            pointer: inBody
              ? `#${path.map((part) => `/${escapePointer(String(part))}`).join("")}`
              : path.join("."),
            detail: issue.code === "unrecognized_keys" ? "There is no such field" : issue.message,
          })),
        ),
      });
    },
  });
}

/** RFC 6901 3 */
function escapePointer(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}

const problemSchema = z
  .object({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: "Stable; programs decide by it." }),
    detail: z.string().optional(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .openapi({ description: "Faults by field: a JSON pointer into the body, or a parameter's name." }),
    requestId: z.string().optional(),
  })
  .openapi("Problem", {
    example: {
      type: "https://sluice.video/errors/notFound",
      title: "There is no such resource",
      status: 404,
      code: "notFound",
      requestId: "5f0c1c1e-6b1c-4a8e-9a35-0f7d0b8f8f0e",
    },
  });

export type Problem = z.infer<typeof problemSchema>;

/** tus answers with a status of its own, outside what OpenAPI routes describe. */
type ApiProblemCode = Exclude<ProblemCode, "checksumMismatch">;

type ProblemContent = { "application/problem+json": { schema: typeof problemSchema } };
type ProblemResponses<C extends ApiProblemCode> = {
  [Status in StatusOf<C>]: { description: string; content: ProblemContent };
};

/** The `responses` of a route for the codes it may answer, keyed by their statuses. */
export function problems<const C extends ApiProblemCode>(...codes: readonly C[]): ProblemResponses<C> {
  const byStatus = Map.groupBy(codes, (code) => problemStatus(code));
  const entries = [...byStatus].map(([status, sharing]) => [
    status,
    {
      description: sharing.map((code) => `\`${code}\``).join(", "),
      content: { "application/problem+json": { schema: problemSchema } },
    },
  ]);
  return Object.fromEntries(entries) as ProblemResponses<C>;
}

/** A refusal, typed by its status, so that a route cannot answer what its contract does not list. */
export function problem<C extends ApiProblemCode>(
  c: Context<ApiEnv>,
  code: C,
  options: Omit<ProblemOptions, "requestId"> = {},
): Response & TypedResponse<Problem, StatusOf<C>, "json"> {
  return problemResponse(code, { ...options, requestId: c.var.requestId }) as Response &
    TypedResponse<Problem, StatusOf<C>, "json">;
}
