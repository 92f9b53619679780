// What every operation of the document has because all routes share it: parameters, headers, refusals, examples. Pure.
import { exampleOf, type Schema } from "./example.ts";

interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: unknown;
}

interface Described {
  readonly description: string;
  readonly headers?: object;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Operation {
  readonly tags?: readonly string[];
  readonly security?: unknown;
  readonly parameters?: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses?: Readonly<Record<string, Described>>;
}

type Components = Readonly<Record<string, Schema>>;

const problem = (description: string): Described => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

const refusals = {
  rateLimited: [
    429,
    "`rateLimited`: `Retry-After` says when to come back, `RateLimit-Policy` what is allowed.",
  ],
  idempotencyKeyInUse: [409, "`idempotencyKeyInUse`"],
  idempotencyKeyReused: [422, "`idempotencyKeyReused`"],
  preconditionFailed: [412, "`preconditionFailed`"],
} as const;

const optionalHeader = (name: string, description: string, example: string) => ({
  name,
  in: "header",
  required: false,
  description,
  schema: { type: "string", example },
});

const parameters = {
  idempotencyKey: optionalHeader(
    "Idempotency-Key",
    "Of your choice, one for each thing that you do: sent again, the first answer is given again, for a day.",
    "8e03978e-40d5-43dd-bc93-6894a57f9324",
  ),
  ifMatch: optionalHeader(
    "If-Match",
    "The `ETag` of what you have seen: done only while it is so.",
    '"7.Xk3mPq0Zr1sA"',
  ),
  ifNoneMatch: optionalHeader("If-None-Match", "The `ETag` of what you have.", '"7.Xk3mPq0Zr1sA"'),
};

const textHeader = (description: string, example: string) => ({
  description,
  schema: { type: "string", example },
});
const always = {
  "X-Request-Id": textHeader(
    "Of this request, in every line of the log.",
    "5f0c1c1e-6b1c-4a8e-9a35-0f7d0b8f8f0e",
  ),
};
const limited = { "RateLimit-Policy": textHeader("What a key may ask.", '"apiKey";q=600;w=60') };
const tagged = { ETag: textHeader("Of this state of it.", '"7.Xk3mPq0Zr1sA"') };
const replayed = { "Idempotent-Replayed": textHeader("`true` on an answer given again.", "true") };

/** Paths that a key is asked for take part in all of it; tus and playback have conventions of their own. */
export function withConventions(
  path: string,
  method: string,
  operation: Operation,
  components: Components,
): Operation {
  if (operation.responses === undefined) return operation;
  const isKeyed = operation.security === undefined;
  const isOurs = isKeyed && path.startsWith("/v1/") && path !== "/v1/uploads/tus";
  const changes = method === "patch" || method === "put" || method === "delete";
  const added = [
    ...(isOurs && method === "post" ? [parameters.idempotencyKey] : []),
    ...(isOurs && changes ? [parameters.ifMatch] : []),
    ...(isOurs && method === "get" ? [parameters.ifNoneMatch] : []),
  ];
  const refused = [
    ...(isKeyed ? [refusals.rateLimited] : []),
    ...(isOurs && method === "post" ? [refusals.idempotencyKeyInUse, refusals.idempotencyKeyReused] : []),
    ...(isOurs && changes ? [refusals.preconditionFailed] : []),
  ];
  const known = isOurs && method === "get" ? { 304: { description: "You have it." } } : {};
  const responses = refused.reduce(withRefusal, { ...operation.responses, ...known });
  return {
    ...operation,
    ...(added.length + (operation.parameters?.length ?? 0) === 0
      ? {}
      : { parameters: [...(operation.parameters ?? []), ...added] }),
    ...(operation.requestBody === undefined
      ? {}
      : {
          requestBody: {
            ...operation.requestBody,
            content: withExamples(operation.requestBody.content, components),
          },
        }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [
        status,
        shown(status, response, { isKeyed, isOurs, method }, components),
      ]),
    ),
  };
}

function withRefusal(
  responses: Readonly<Record<string, Described>>,
  [status, description]: readonly [number, string],
): Readonly<Record<string, Described>> {
  const there = responses[status];
  if (there?.description.includes(description) === true) return responses;
  return {
    ...responses,
    [status]:
      there === undefined
        ? problem(description)
        : { ...there, description: `${there.description}, ${description}` },
  };
}

function shown(
  status: string,
  response: Described,
  of: { readonly isKeyed: boolean; readonly isOurs: boolean; readonly method: string },
  components: Components,
): Described {
  const isJson = response.content?.["application/json"] !== undefined;
  const headers = {
    ...response.headers,
    ...always,
    ...(of.isKeyed ? limited : {}),
    ...(of.isOurs && isJson ? tagged : {}),
    ...(of.isOurs && of.method === "post" && status.startsWith("2") ? replayed : {}),
  };
  return {
    ...response,
    headers,
    ...(response.content === undefined
      ? {}
      : {
          content: withExamples(response.content, components, problemExample(status, response.description)),
        }),
  };
}

/** The first code of a refusal's description, with its status: which is what a caller would get. */
function problemExample(status: string, description: string): object | undefined {
  const [, code] = /`([a-zA-Z]+)`/.exec(description) ?? [];
  if (Number(status) < 400 || code === undefined || code === "code") return undefined;
  return {
    type: `https://sluice.video/errors/${code}`,
    title: description.split(":")[0]?.replaceAll("`", "") ?? code,
    status: Number(status),
    code,
    requestId: "5f0c1c1e-6b1c-4a8e-9a35-0f7d0b8f8f0e",
  };
}

function withExamples(
  content: Readonly<Record<string, Media>>,
  components: Components,
  given?: object,
): Readonly<Record<string, Media>> {
  return Object.fromEntries(
    Object.entries(content).map(([type, media]) => {
      if (!type.includes("json") || media.schema === undefined) return [type, media];
      if (media.example !== undefined || media.examples !== undefined) return [type, media];
      return [type, { ...media, example: given ?? exampleOf(media.schema, components) }];
    }),
  );
}
