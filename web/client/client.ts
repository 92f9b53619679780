// A client of the API for browsers, Workers, Node and others that have fetch. Its methods are the operations of the
// document, by their names:
//
//   const sluice = createClient({ url: "https://video.example", apiKey });
//   const video = await sluice.createVideo({ body: { title: "Launch film" } });
//   for await (const each of sluice.each("listVideos", { query: { tag: "course-7" } })) …
//
// What fails throws a SluiceError with the code of docs/errors.md. What is safe to ask again is asked again: a POST is,
// because each one carries an idempotency key.
import { problemIn, SluiceError } from "./errors.ts";
import {
  operations,
  type CreatedUpload,
  type NewUpload,
  type Operations,
  type Upload,
} from "./operations.ts";

export * from "./errors.ts";
export * from "./senders.ts";
export type * from "./operations.ts";

export interface ClientOptions {
  /** Where Sluice is: `https://video.example`. In a page of its own origin it may be left out. */
  readonly url?: string;
  /** Left out where something else says who asks, as a cookie does. */
  readonly apiKey?: string;
  /** On every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often something is asked again: 2. */
  readonly retries?: number;
  readonly fetch?: typeof fetch;
  readonly wait?: (milliseconds: number) => Promise<void>;
}

export type OperationName = keyof Operations;
export type InputOf<Name extends OperationName> = Operations[Name]["input"];
export type ResultOf<Name extends OperationName> = Operations[Name]["result"];

/** Those whose answer is a page of a list. */
export type ListName = {
  [Name in OperationName]: ResultOf<Name> extends {
    readonly data: readonly unknown[];
    readonly nextCursor: string | null;
  }
    ? Name
    : never;
}[OperationName];
type EntryOf<Name extends ListName> =
  ResultOf<Name> extends { readonly data: readonly (infer Entry)[] } ? Entry : never;

/** Brings a file to an upload's URL. senders.ts has some; a tus client of yours is another. */
export type Sender<File> = (
  upload: CreatedUpload,
  file: File,
  options: { readonly signal?: AbortSignal | undefined },
) => Promise<void>;

type Methods = {
  // Where nothing must be said, nothing need be.
  readonly [Name in OperationName]: Partial<InputOf<Name>> extends InputOf<Name>
    ? (input?: InputOf<Name>) => Promise<ResultOf<Name>>
    : (input: InputOf<Name>) => Promise<ResultOf<Name>>;
};

export interface SluiceClient extends Methods {
  /** Every entry of a list, page by page as they are needed. */
  each<Name extends ListName>(name: Name, input?: InputOf<Name>): AsyncGenerator<EntryOf<Name>, void>;
  /** Makes an upload, has the file brought to it, and gives it as it is then. */
  upload<File>(
    file: File,
    send: Sender<File>,
    options?: { readonly body?: NewUpload; readonly signal?: AbortSignal },
  ): Promise<Upload>;
}

interface AnyInput {
  readonly [parameter: string]: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly ifMatch?: string;
  readonly signal?: AbortSignal | undefined;
}

export function createClient(options: ClientOptions = {}): SluiceClient {
  const call = (name: OperationName, input: AnyInput = {}) => ask(options, name, input);
  const methods = Object.fromEntries(
    (Object.keys(operations) as OperationName[]).map((name) => [
      name,
      (input?: AnyInput) => call(name, input),
    ]),
  ) as unknown as Methods;

  async function* each<Name extends ListName>(
    name: Name,
    input?: InputOf<Name>,
  ): AsyncGenerator<EntryOf<Name>, void> {
    const given: AnyInput = input ?? {};
    let cursor: string | null | undefined;
    do {
      const query = { ...given.query, ...(cursor == null ? {} : { cursor }) };
      const page = (await call(name, { ...given, query })) as {
        readonly data: readonly EntryOf<Name>[];
        readonly nextCursor: string | null;
      };
      yield* page.data;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  return {
    ...methods,
    each,
    async upload(file, send, { body = {} as NewUpload, signal } = {}) {
      const upload = await methods.createUpload({ body, signal });
      await send(upload, file, { signal });
      return methods.getUpload({ uploadId: upload.id, signal });
    },
  };
}

const defaultRetries = 2;
const firstWaitMs = 250;
const longestWaitMs = 30_000;

async function ask(options: ClientOptions, name: OperationName, input: AnyInput): Promise<unknown> {
  const { retries = defaultRetries, wait = waitFor } = options;
  const request = requestOf(options, name, input);
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await tried(options, request);
    if (outcome instanceof Response) {
      if (outcome.ok) return resultOf(outcome);
      // What a lost answer deleted is gone: so it was wanted.
      if (attempt > 0 && request.init.method === "DELETE" && outcome.status === 404) return undefined;
    }
    const failure = outcome instanceof Response ? await errorOf(outcome) : outcome;
    const waitMs = attempt < retries ? waitBefore(failure, outcome, attempt, input) : null;
    if (waitMs === null) throw failure;
    await wait(waitMs);
  }
}

interface Request {
  readonly url: string;
  readonly init: RequestInit & { readonly method: string };
}

function requestOf(
  { url = "", apiKey, headers: given }: ClientOptions,
  name: OperationName,
  input: AnyInput,
): Request {
  const [method, path, contentType] = operations[name] as readonly [string, string, string?];
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) =>
    encodeURIComponent(String(input[parameter])),
  );
  const query = new URLSearchParams(
    Object.entries(input.query ?? {}).flatMap(([key, value]) =>
      value === undefined || value === null ? [] : [value].flat().map((each) => [key, String(each)]),
    ),
  ).toString();
  const headers = new Headers(given);
  headers.set("Accept", "application/json");
  if (apiKey !== undefined) headers.set("Authorization", `Bearer ${apiKey}`);
  if (method === "POST") headers.set("Idempotency-Key", input.idempotencyKey ?? crypto.randomUUID());
  if (input.ifMatch !== undefined) headers.set("If-Match", input.ifMatch);
  const hasBody = contentType !== undefined && input.body !== undefined;
  if (hasBody) headers.set("Content-Type", contentType);
  const body = contentType === "application/json" ? JSON.stringify(input.body) : (input.body as BodyInit);
  return {
    url: `${url.replace(/\/$/, "")}${filled}${query === "" ? "" : `?${query}`}`,
    init: { method, headers, signal: input.signal ?? null, ...(hasBody ? { body } : {}) },
  };
}

async function tried(
  { fetch: send = fetch }: ClientOptions,
  { url, init }: Request,
): Promise<Response | SluiceError> {
  try {
    return await send(url, init);
  } catch (error) {
    // Who took it back is told so, and not that the API is away.
    if (init.signal?.aborted === true) throw error;
    return new SluiceError(0, null, null, error);
  }
}

const tags = new WeakMap<object, string>();

/** Of what a method gave, the tag to change it by: `ifMatch: etagOf(video)`. Undefined where the answer had none. */
export const etagOf = (result: object): string | undefined => tags.get(result);

async function resultOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) return type.startsWith("text/") ? response.text() : response.blob();
  const result: unknown = await response.json();
  const tag = response.headers.get("ETag");
  if (typeof result === "object" && result !== null && tag !== null) tags.set(result, tag);
  return result;
}

async function errorOf(response: Response): Promise<SluiceError> {
  const problem = problemIn(await response.text());
  return new SluiceError(response.status, problem, response.headers.get("X-Request-Id"));
}

/** Null: asking again is of no use, or not safe. */
function waitBefore(
  { status, code }: SluiceError,
  outcome: Response | SluiceError,
  attempt: number,
  { ifMatch, body }: AnyInput,
): number | null {
  // A stream has been read; and with If-Match a second try of what was done would be refused.
  if (body instanceof ReadableStream || (ifMatch !== undefined && status === 0)) return null;
  const isPassing = status === 0 || status === 429 || status === 502 || status === 503 || status === 504;
  if (!isPassing && code !== "idempotencyKeyInUse") return null;
  const asked =
    outcome instanceof Response ? Number(outcome.headers.get("Retry-After") ?? Number.NaN) : Number.NaN;
  if (asked >= 0) return asked * 1_000 <= longestWaitMs ? asked * 1_000 : null;
  // Callers who failed together don't come back together.
  return firstWaitMs * 2 ** attempt * (0.5 + Math.random());
}

function waitFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
